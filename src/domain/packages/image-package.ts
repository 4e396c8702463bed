/** A package that an image has, as a package database or a bill of materials names it. */
export interface ImagePackage {
  readonly name: string;
  readonly version: string;
  /** The kind of package, in the words of syft: `deb`, `apk`, `npm`, `go-module`, `python`... */
  readonly type: string;
  /** What it was built from where that has another name, such as `openssl` of `libssl3`. */
  readonly sourceName: string | null;
  /** Package URL. */
  readonly purl: string | null;
}

/** By what the packages of an image are known: the package databases in its layers, or its bill of materials, which knows more. */
export type PackagesFoundBy = 'layers' | 'sbom';

/** Those that both ways of looking find, so that lists of different origin can be compared. */
export const TYPES_OF_LAYERS: ReadonlySet<string> = new Set(['deb', 'apk', 'unknown']);

/** How long the texts of a package may be to be stored; a longer one is no name that anybody searches for. */
export const PACKAGE_TEXT_LENGTHS = { name: 300, version: 200, type: 50, purl: 2_000 } as const;
