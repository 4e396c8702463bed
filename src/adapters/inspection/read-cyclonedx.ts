import { z } from 'zod';
import { type ImagePackage, PACKAGE_TEXT_LENGTHS } from '../../domain/packages/image-package.js';

/** What syft says of a package beside what the format has: its kind, and what it was built from by dpkg or by apk. */
const TYPE = 'syft:package:type';
const SOURCES = ['syft:metadata:source', 'syft:metadata:originPackage'];

const document = z.object({
  bomFormat: z.literal('CycloneDX'),
  components: z
    .array(
      z.object({
        name: z.string(),
        version: z.string().default(''),
        purl: z.string().nullish(),
        properties: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
      }),
    )
    .default([]),
});

/** The packages that a bill of materials of syft in CycloneDX names, each once; how many were left out since their texts are too long. */
export function readCycloneDx(json: string): { packages: ImagePackage[]; leftOut: number } {
  const { components } = document.parse(JSON.parse(json));
  const all = components.flatMap(({ name, version, purl, properties }): ImagePackage[] => {
    // Files and the operating system are components too.
    const type = properties.find((property) => property.name === TYPE)?.value;
    if (type === undefined) return [];
    return [{ name, version, type, sourceName: sourceOf(properties, name), purl: purl ?? null }];
  });
  const distinct = new Map(all.map((one) => [JSON.stringify(one), one]));
  const packages = [...distinct.values()].filter(fits).sort(byName);
  return { packages, leftOut: distinct.size - packages.length };
}

/** The name of what a package was built from, where that is another one. */
function sourceOf(properties: readonly { name: string; value: string }[], name: string): string | null {
  const found = properties.find((property) => SOURCES.includes(property.name));
  const source = found?.value.replace(/ .*$/s, '') ?? '';
  return source === '' || source === name ? null : source;
}

function fits({ name, version, type, sourceName, purl }: ImagePackage): boolean {
  const most = PACKAGE_TEXT_LENGTHS;
  return (
    name.length <= most.name &&
    version.length <= most.version &&
    type.length <= most.type &&
    (sourceName ?? '').length <= most.name &&
    (purl ?? '').length <= most.purl
  );
}

function byName(a: ImagePackage, b: ImagePackage): number {
  const [left, right] = [a, b].map((one) => [one.name, one.type, one.version].join('\0'));
  return (left ?? '') < (right ?? '') ? -1 : 1;
}
