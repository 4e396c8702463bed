/** What the launcher is told. Paths are absolute. */
export interface LaunchOrder {
  /** buildctl with all arguments but those of caches that are read. */
  readonly command: readonly string[];
  /** Where buildctl leaves the digest of the image. */
  readonly metadataFile: string;
  readonly imports: readonly LocalImport[];
  readonly remoteImports: readonly RemoteImport[];
  readonly exports: readonly LocalExport[];
  readonly patience: CachePatience;
  /** Stages that are built besides the image; null where there are none. */
  readonly stages: StageOrder | null;
}

/** Runs of buildctl for stages, before the image and after it. */
export interface StageOrder {
  /** Where the Dockerfile lies, and where one with Kiln's stages after it is put for these runs. */
  readonly dockerfile: string;
  readonly written: string;
  readonly added: string;
  readonly before: readonly StageRun[];
  readonly after: readonly StageRun[];
  /** Most bytes of all their tars. */
  readonly maxBytes: number;
}

export interface StageRun {
  /** What its steps are told with. */
  readonly name: StageRunName;
  /** buildctl, which writes a tar on stdout where there is one. */
  readonly command: readonly string[];
  readonly tar: string | null;
}

export type StageRunName = 'tests' | 'artifacts';

/** A local cache that is read: from a copy of its own, since other builds of the project may write a new one meanwhile. */
export interface LocalImport {
  readonly cache: string;
  readonly copy: string;
  readonly args: readonly string[];
}

/** A cache in a registry that is read: where its registry answers. */
export interface RemoteImport {
  /** As the build names it. */
  readonly registry: string;
  readonly host: string;
  readonly port: number;
  readonly args: readonly string[];
}

/** A local cache that is written: beside the kept one, whose place it takes when it is whole. */
export interface LocalExport {
  readonly name: string;
  readonly written: string;
  readonly cache: string;
}

/** How long caches may keep a build waiting: those that are read before it begins, those that are written once the image is pushed. */
export interface CachePatience {
  /** For the first word of a registry that is to be read from. */
  readonly answerMs: number;
  /** Without a sign of progress. */
  readonly silentMs: number;
  readonly totalMs: number;
}
