import { z } from 'zod';

/** A package of dpkg, by name and version. */
export interface DpkgPackage {
  readonly name: string;
  readonly version: string;
}

/** How syft says in SPDX from where it knows a package. */
const OF_DPKG = 'acquired package info from DPKG DB';

const cyclonedx = z.looseObject({
  components: z
    .array(
      z.looseObject({
        'bom-ref': z.string().optional(),
        name: z.string(),
        version: z.string().default(''),
        properties: z.array(z.looseObject({ name: z.string(), value: z.string() })).optional(),
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
        sourceInfo: z.string().optional(),
      }),
    )
    .default([]),
  relationships: z
    .array(z.looseObject({ spdxElementId: z.string(), relatedSpdxElement: z.string() }))
    .optional(),
});

/**
 * Takes packages out of both documents that dpkg has removed, and of which it keeps nothing but settings: syft 1.18 takes them for installed
 * ones. Gives the documents as they are where there is none.
 */
export function leaveOutRemoved(
  documents: { readonly cyclonedx: Buffer; readonly spdx: Buffer },
  installed: readonly DpkgPackage[],
): { cyclonedx: Buffer; spdx: Buffer } {
  const known = new Set(installed.map(({ name, version }) => `${name}\0${version}`));
  const isRemoved = (name: string, version: string): boolean => !known.has(`${name}\0${version}`);
  const bom = cyclonedx.parse(JSON.parse(documents.cyclonedx.toString('utf8')));
  const components = bom.components.filter(
    ({ name, version, properties }) =>
      !(
        properties?.some((one) => one.name === 'syft:package:type' && one.value === 'deb') &&
        isRemoved(name, version)
      ),
  );
  if (components.length === bom.components.length) return documents;
  const refs = new Set(components.map((component) => component['bom-ref']));
  const removed = new Set(bom.components.map((one) => one['bom-ref']).filter((ref) => !refs.has(ref)));
  const dependencies = bom.dependencies
    ?.filter(({ ref }) => !removed.has(ref))
    .map((one) => ({ ...one, dependsOn: one.dependsOn?.filter((ref) => !removed.has(ref)) }));
  const list = spdx.parse(JSON.parse(documents.spdx.toString('utf8')));
  const gone = new Set(
    list.packages
      .filter(
        ({ name, versionInfo, sourceInfo }) =>
          sourceInfo?.startsWith(OF_DPKG) === true && isRemoved(name, versionInfo),
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
