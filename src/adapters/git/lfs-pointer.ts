/** What git LFS keeps in the place of a file. */
export interface LfsPointer {
  /** SHA-256 of the content, hex. */
  readonly oid: string;
  readonly sizeBytes: number;
}

const POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-\d-\w+ [^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n$/;

/** Reads a pointer (git-lfs specification, version 1); null for any other text. */
export function parseLfsPointer(text: string): LfsPointer | null {
  const [, oid, size] = POINTER.exec(text) ?? [];
  return oid === undefined ? null : { oid, sizeBytes: Number(size) };
}
