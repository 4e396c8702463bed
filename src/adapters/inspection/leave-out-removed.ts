import { z } from 'zod';

/** A package of dpkg, by name and version. */
export interface DpkgPackage {
  readonly name: string;
  readonly version: string;
}

const cyclonedx = z.looseObject({
  components: z
    .array(
      z.looseObject({
        'bom-ref': z.string().optional(),
        name: z.string(),
        version: z.string().default(''),
        purl: z.string().optional(),
      }),
    )
    .default([]),
  dependencies: z
    .array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()).optional() }))
    .optional(),
});
const spdx = z.looseObject({
  packages: z
    .array(
      z.looseObject({
        SPDXID: z.string(),
        name: z.string(),
        versionInfo: z.string().default(''),
        externalRefs: z.array(z.looseObject({ referenceLocator: z.string() })).default([]),
      }),
    )
    .default([]),
  relationships: z
    .array(z.looseObject({ spdxElementId: z.string(), relatedSpdxElement: z.string() }))
    .optional(),
});

/**
 * Takes packages out of both documents that dpkg has removed, and of which it keeps nothing but settings: syft before 1.19 takes them for
 * installed ones. Gives the documents as they are where there is none.
 */
export function leaveOutRemoved(
  documents: { readonly cyclonedx: Buffer; readonly spdx: Buffer },
  installed: readonly DpkgPackage[],
): { cyclonedx: Buffer; spdx: Buffer } {
  const known = new Set(installed.map(({ name, version }) => `${name}\0${version}`));
  const isRemoved = (purl: string | undefined, name: string, version: string): boolean =>
    purl?.startsWith('pkg:deb/') === true && !known.has(`${name}\0${version}`);
  const bom = cyclonedx.parse(JSON.parse(documents.cyclonedx.toString('utf8')));
  const components = bom.components.filter(({ name, version, purl }) => !isRemoved(purl, name, version));
  if (components.length === bom.components.length) return documents;
  const refs = new Set(components.map((component) => component['bom-ref']));
  const removed = new Set(bom.components.map((one) => one['bom-ref']).filter((ref) => !refs.has(ref)));
  const dependencies = bom.dependencies
    ?.filter(({ ref }) => !removed.has(ref))
    .map((one) => ({ ...one, dependsOn: one.dependsOn?.filter((ref) => !removed.has(ref)) }));
  const list = spdx.parse(JSON.parse(documents.spdx.toString('utf8')));
  const gone = new Set(
    list.packages
      .filter(({ name, versionInfo, externalRefs }) =>
        externalRefs.some(({ referenceLocator: locator }) => isRemoved(locator, name, versionInfo)),
      )
      .map(({ SPDXID: id }) => id),
  );
  return {
    cyclonedx: toBytes({ ...bom, components, ...(dependencies !== undefined && { dependencies }) }),
    spdx: toBytes({
      ...list,
      packages: list.packages.filter(({ SPDXID: id }) => !gone.has(id)),
      ...(list.relationships !== undefined && {
        relationships: list.relationships.filter(
          ({ spdxElementId: from, relatedSpdxElement: to }) => !gone.has(from) && !gone.has(to),
        ),
      }),
    }),
  };
}

function toBytes(document: unknown): Buffer {
  return Buffer.from(JSON.stringify(document));
}
