/** What the launcher is told. Paths are absolute. */
export interface LaunchOrder {
  /** buildctl with all arguments but those of local caches that are read. */
  readonly command: readonly string[];
  /** Where buildctl leaves the digest of the image. */
  readonly metadataFile: string;
  readonly imports: readonly LocalImport[];
  readonly exports: readonly LocalExport[];
  readonly patience: ExportPatience;
}

/** A local cache that is read: from a copy of its own, since other builds of the project may write a new one meanwhile. */
export interface LocalImport {
  readonly cache: string;
  readonly copy: string;
  readonly args: readonly string[];
}

/** A local cache that is written: beside the kept one, whose place it takes when it is whole. */
export interface LocalExport {
  readonly name: string;
  readonly written: string;
  readonly cache: string;
}

/** How long the writing of caches may last once the image is pushed. */
export interface ExportPatience {
  /** Without a sign of progress. */
  readonly silentMs: number;
  readonly totalMs: number;
}
