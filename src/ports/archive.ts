/** One entry of a tar. Its content has to be read before the next entry is asked for, or is passed over. */
export interface ArchiveEntry {
  readonly name: string;
  /** As tar names it: file, directory, symlink, link (a hard one), or what a context cannot hold. */
  readonly type: string;
  readonly mode: number | null;
  readonly mtime: Date | null;
  readonly sizeBytes: number;
  readonly linkname: string;
  content(): AsyncGenerator<Uint8Array>;
}

/**
 * The entries of a tar or tar.gz as they come. `context_invalid` for what is no whole archive, `payload_too_large` for more than
 * `maxBytes` unpacked or a suspicious ratio.
 */
export type ReadArchive = (
  bytes: AsyncIterable<Uint8Array>,
  limits: { readonly maxBytes: number },
) => AsyncGenerator<ArchiveEntry>;
