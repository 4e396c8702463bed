import { z } from 'zod';

const document = z.looseObject({
  components: z
    .array(
      z.looseObject({
        version: z.string().default(''),
        properties: z.array(z.looseObject({ name: z.string(), value: z.string() })).default([]),
      }),
    )
    .default([]),
});

/** In the words of syft: what a package of dpkg or apk was built from, and that one's version where it is another. */
const SOURCES = ['syft:metadata:source', 'syft:metadata:originPackage'];
const SOURCE_VERSION = 'syft:metadata:sourceVersion';

/**
 * A bill of materials of syft as trivy understands it. Advisories of distributions name what packages were built from, which trivy reads
 * from properties of its own only: without them it finds nothing in `libssl3` that is told of `openssl`.
 */
export function tellTrivySources(cyclonedx: Uint8Array): Uint8Array {
  const bom = document.parse(JSON.parse(Buffer.from(cyclonedx).toString('utf8')));
  const components = bom.components.map((component) => {
    const { version, properties } = component;
    const source = properties.find(({ name }) => SOURCES.includes(name))?.value.split(' ')[0] ?? '';
    if (source === '') return component;
    const sourceVersion = properties.find(({ name }) => name === SOURCE_VERSION)?.value ?? version;
    const told = [
      { name: 'aquasecurity:trivy:SrcName', value: source },
      { name: 'aquasecurity:trivy:SrcVersion', value: sourceVersion },
    ];
    return { ...component, properties: [...properties, ...told] };
  });
  return Buffer.from(JSON.stringify({ ...bom, components }));
}
