/** What the launcher is told. Secrets of a build go by file; the address of a proxy may hold a password, so the order is its owner's alone. */
export interface LaunchOrder {
  /** Outlives the run; shared with other runs of the tenant. */
  readonly storage: {
    readonly folder: string;
    /** TMPDIR of buildah, gone with the run. */
    readonly temporaryFolder: string;
    /** Held by every run while it uses the storage. */
    readonly lockFile: string;
    /** Layers are dropped when they have grown beyond this and nobody uses them. */
    readonly maxBytes: number;
    /** argv that removes the containers which a killed run has left. */
    readonly sweep: Argv;
    /** argv that removes all images. */
    readonly clear: Argv;
  };
  /** The program that starts steps: written by the launcher, it narrows what a step may do and goes on as runc. */
  readonly runtime: { readonly file: string; readonly runc: string };
  /** Certificates of registries, to be copied into folders as the pull and the push want them. */
  readonly certificates: readonly { readonly from: string; readonly to: string }[];
  /** One after the other; the first that fails ends the run. */
  readonly phases: readonly Phase[];
}

export type Argv = readonly [string, ...string[]];

export interface Phase {
  readonly name: PhaseName;
  /** The image that is pulled or pushed; null for the build. */
  readonly image: string | null;
  readonly argv: Argv;
  /** A file that an earlier phase has left, whose content takes the place of `IMAGE_ID` in argv. */
  readonly imageIdFile: string | null;
  /** The whole of it. */
  readonly env: Readonly<Record<string, string>>;
}

export type PhaseName = 'pull' | 'build' | 'push';

/**
 * Where the launcher mounts the storage and the folder for temporary files: root of a namespace of users, who is nobody on the host, finds
 * the way to them here, and not through the folders of the host that are closed to all but root.
 */
export const INSIDE = { storage: '/var/lib/containers/storage', temporary: '/var/lib/containers/tmp' };

/** Words in an argv that the launcher fills in: the image that was built, and `--ulimit` for the limits that the launcher itself has. */
export const IMAGE_ID = '{image-id}';
export const ULIMITS = '{ulimits}';

/** A line of the launcher's output. `at` is in milliseconds since 1970; bytes are base64. */
export type LaunchRecord =
  | { readonly at: number; readonly begin: PhaseName; readonly image: string | null }
  | { readonly at: number; readonly out: string }
  | { readonly at: number; readonly err: string }
  | {
      readonly at: number;
      readonly end: PhaseName;
      readonly exitCode: number | null;
      readonly signal: string | null;
    };
