import { type ImagePackage, type PackagesFoundBy, TYPES_OF_LAYERS } from '../packages/image-package.js';

/** The packages of an image, and by what they are known. */
export interface KnownPackages {
  readonly foundBy: PackagesFoundBy;
  readonly packages: readonly Pick<ImagePackage, 'name' | 'version' | 'type'>[];
}

export interface PackageDifference {
  readonly name: string;
  /** Null where it is not installed; several versions are separated by commas. */
  readonly before: string | null;
  readonly after: string | null;
}

/**
 * The packages in which two images differ, by name; those of a language are told with their kind, such as `lodash (npm)`. Where one list
 * comes from the layers alone, only what both ways of looking find is compared.
 */
export function comparePackages(before: KnownPackages, after: KnownPackages): PackageDifference[] {
  const isSame = before.foundBy === after.foundBy;
  const [old, now] = [before, after].map(({ packages }) =>
    versionsOf(isSame ? packages : packages.filter(({ type }) => TYPES_OF_LAYERS.has(type))),
  );
  const names = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])].sort();
  return names.flatMap((name) => {
    const [left, right] = [old?.get(name) ?? null, now?.get(name) ?? null];
    return left === right ? [] : [{ name, before: left, after: right }];
  });
}

/** One name may be installed in several versions, such as for several architectures. */
function versionsOf(packages: KnownPackages['packages']): Map<string, string> {
  const versions = new Map<string, Set<string>>();
  for (const { name, version, type } of packages) {
    const shown = TYPES_OF_LAYERS.has(type) ? name : `${name} (${type})`;
    versions.set(shown, (versions.get(shown) ?? new Set()).add(version));
  }
  return new Map([...versions].map(([name, all]) => [name, [...all].sort().join(', ')]));
}
