import type { Way } from '../runc/ways.js';

/** What the launcher is told. Paths are of the host unless they are said to be inside. */
export interface LaunchOrder {
  /** Names the container. */
  readonly id: string;
  readonly programs: Readonly<Record<'runc' | 'packer' | 'buildah' | 'busybox', string>>;
  readonly contextFolder: string;
  readonly workFolder: string;
  /** Where the run writes down what it makes outside of its folders. */
  readonly ledgerFile: string;
  /** Below which the containers run, from the root of the tree. */
  readonly controlGroup: string;
  readonly users: { readonly firstId: number; readonly count: number };
  /** Certificates for registries, by their place inside. */
  readonly certificates: readonly { readonly from: string; readonly to: string }[];
  /** A config.json (DOCKER_CONFIG), of which each phase gets what is for its registries. */
  readonly credentialFile: string;
  /** By variable of the template, the file with the value. */
  readonly secretFiles: Readonly<Record<string, string>>;
  /** The files of the template, or a folder with them, to be looked at before they are run. */
  readonly templatePath: string;
  /** One after the other, but for the checks of the template, which run beside the pulls; the first that fails ends the run. */
  readonly phases: readonly Phase[];
}

/** `tag` gives what was pulled by digest the name that the template knows; `locate` follows an `init` or `validate` that has failed. */
export type PhaseName = 'pull' | 'tag' | 'init' | 'validate' | 'build' | 'read' | 'push' | 'locate';

/** Tells where a template breaks the syntax of HCL; Kiln compiles it beside packer, and there is none beside another packer. */
export function locatorBeside(packer: string): string {
  return packer.replace(/[^/]*$/, 'hcl-errors');
}

/** One program in the container. */
export interface Phase {
  readonly name: PhaseName;
  /** The image that is pulled or pushed. */
  readonly image: string | null;
  /** argv and environment, inside. */
  readonly args: readonly string[];
  readonly env: readonly string[];
  /** Inside. */
  readonly cwd: string;
  /** Null for what runs the template: it gets no credentials. */
  readonly access: {
    readonly registries: readonly string[];
    /** The only places that its network leads to; null for the network of the host. */
    readonly ways: readonly Way[] | null;
  } | null;
  /** Whether a phase without access has the network of the host instead of none. */
  readonly hasHostNetwork: boolean;
  /** `checks`: where the template is read and not run; `fresh`: a root in which nothing of the template has ever run. */
  readonly root: 'template' | 'checks' | 'fresh';
}

/** A word in the arguments of the push: the image that was read. */
export const IMAGE_ID = '{image-id}';

/** Where things lie inside. */
export const INSIDE = {
  context: '/workspace',
  output: '/out',
  image: '/out/image',
  digest: '/pushed/digest',
  template: '/kiln/template.pkr.hcl',
  variables: '/kiln/variables.pkrvars.json',
  secrets: '/kiln/secrets.pkrvars.json',
  access: '/kiln/access',
} as const;

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
    }
  /** Why the launcher itself does not go on: no image was left, or the template wants a Docker daemon. */
  | { readonly at: number; readonly stop: 'no-image' | 'docker' }
  /** The template declares no such variables; packer itself only warns. */
  | { readonly at: number; readonly stop: 'undeclared'; readonly variables: readonly string[] };
