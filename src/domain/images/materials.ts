/** An image that a builder was given or has resolved. */
export interface MaterialImage {
  /** With its registry; without its digest. */
  readonly reference: string;
  /** What the builder took; null where nobody has seen what the name stood for. */
  readonly digest: string | null;
  /** Whether the image that was built stands on it; absent where the Dockerfile tells. */
  readonly isBase?: boolean | undefined;
  /** Whether the source names it by this digest; absent for one that moves with its tag. */
  readonly isPinned?: true | undefined;
}

/** What ADD fetched from elsewhere. Digests in hexadecimal; null where the Dockerfile states none, for no builder tells them. */
export interface MaterialFile {
  /** A repository of git as `git+https://...#ref`. */
  readonly uri: string;
  readonly sha256: string | null;
  readonly commit: string | null;
}

/** What a run was made from besides its source. Nothing in it comes from what steps print. */
export interface Materials {
  readonly images: readonly MaterialImage[];
  readonly files: readonly MaterialFile[];
}

/** More of one build are not kept. */
export const MAX_MATERIALS = 100;
