import type { NamedArtifact } from '../domain/builds/artifact.js';
import type { BuildMethod } from '../domain/builds/method.js';
import type { RegistryMirror } from '../domain/network/mirrors.js';
import type { MaterialImage } from '../domain/images/materials.js';
import type { NamedStage } from '../domain/images/invalid-dockerfile.js';
import type { RunFailure } from '../domain/builds/outcome.js';
import type { JudgedDockerfile } from './dockerfile.js';
import type { GroupLimits } from './run-groups.js';
import type { JoinedGroup } from './runner.js';
import type { Step } from '../domain/builds/step-status.js';
import type { Trust } from '../domain/builds/trust.js';
import type { BuildWarning } from '../domain/builds/warning.js';

/** What an engine gets to make its plan. All folders are absolute and belong to this attempt alone. */
export interface PlanInput<Options = unknown> {
  readonly buildId: string;
  readonly attempt: number;
  /** Validated by the engine's own schema. */
  readonly options: Options;
  /** The unpacked build context; read-only for the engine. */
  readonly contextFolder: string;
  /** The engine may write here (metadata, inline Dockerfile). */
  readonly workFolder: string;
  /** Where the image goes first: repository without tag, and the tag `<build>-<attempt>`. */
  readonly staging: { readonly repository: string; readonly tag: string };
  /** Secret files by id (mode 0600, outside the context); their content never passes through here. */
  readonly secretFiles: Readonly<Record<string, string>>;
  /** Files with private keys by id, for methods whose steps may use SSH; as `secretFiles`. */
  readonly sshKeyFiles?: Readonly<Record<string, string>>;
  /** Labels that the image gets whatever the method; none where its source has no name. */
  readonly labels?: Readonly<Record<string, string>>;
  /** A folder with config.json as container programs read it (DOCKER_CONFIG): the credentials of the build's registries. */
  readonly registryConfigFolder: string;
  /** Registries (`host[:port]`) and hosts of remote files that were judged: the engine lets its builder fetch from no other. */
  readonly judged: {
    readonly registries: readonly string[];
    readonly sourceHosts: readonly string[];
    /** The images that the Dockerfile needs, as it names them. */
    readonly images: readonly string[];
    /** What names of images stand for as the run begins: of those that the engine wants and whose registry has told. */
    readonly digests?: Readonly<Record<string, string>>;
    /** Absent for a method without one. */
    readonly dockerfile?: Pick<JudgedDockerfile, 'text' | 'ignoreFiles'>;
  };
  /** Most bytes that may be kept of its stages. */
  readonly artifactMaxBytes?: number;
  /** That of the build; untrusted when absent. */
  readonly trust?: Trust;
  /** The project of the build, within its tenant. */
  readonly projectId?: string;
  /** Outlives the run: for what the engine keeps for later builds of this tenant alone. Several runs may use it at once. */
  readonly storageFolder: string;
  /**
   * A builder that makes control groups makes them below this one (a path from the root of the tree), so that the limits of the run hold
   * for them; absent where the run has none.
   */
  readonly controlGroup?: string;
  readonly host: EngineHost;
}

/** What the host offers to engines. */
export interface EngineHost {
  /** Paths of the programs the engine may start, by name (`buildctl`). */
  readonly programs: Readonly<Record<string, string>>;
  readonly buildkitAddress: string | null;
  /** A group that the host's firewall keeps from closed networks; null where there is no such firewall. */
  readonly egressGroupId: number | null;
  /** Where images of a registry are asked for first. */
  readonly registryMirrors: readonly RegistryMirror[];
  /** host:port of registries that speak plain HTTP. */
  readonly insecureRegistries: readonly string[];
  /** By registry (host[:port]), the file with the certificate that vouches for it; these speak TLS. */
  readonly registryCertificates: Readonly<Record<string, string>>;
  /** Variables that lead programs through the host's proxies; addresses in them may hold a password. */
  readonly proxyVariables: Readonly<Record<string, string>>;
  /** Whether RUN steps get the proxies too, as predefined build arguments. */
  readonly passesProxies: boolean;
  /** Network of RUN steps: none, or what the builder gives them: a bridge of their own, or the host's. */
  readonly runNetwork: 'none' | 'bridge' | 'host';
  /** Whether steps of trusted builds may have the network of the host; as a run sees it, whether its own may. */
  readonly allowsHostNetwork?: boolean;
  /** Whether BuildKit puts RUN steps into the control group that the trace state of its client names (`kiln=PATH`). */
  readonly buildkitJoinsGroups?: boolean;
}

/** A process to run, as an argv array. Nothing in it is secret. */
export interface RunPlan {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Files to write before the start, by absolute path inside workFolder. */
  readonly files: Readonly<Record<string, string>>;
  /** Files the process leaves behind and `finish` wants to read, by absolute path. */
  readonly outputs: readonly string[];
  /** The same process in two parts, for a runner that starts the first before there is a run. */
  readonly ahead?: Ahead;
  /** Control groups that the process starts in. */
  readonly joins?: readonly JoinedGroup[];
  /** For a runner that shuts the process in. */
  readonly confinement?: Confinement;
  /** The images that the process is given, where that is known beforehand. */
  readonly images?: readonly MaterialImage[];
  /** What the plan has put in the place of names of images: `name@digest`. */
  readonly pins?: readonly string[];
  /** What the process leaves to be kept where it ends well. */
  readonly keeps?: readonly ArtifactTar[];
}

/**
 * A process that waits for its run: it reads one line of JSON from stdin, `{ order, cwd, env }` (AheadLine), and is then what `argv` of the
 * plan would have been, in that folder and with that environment. It ends when stdin does before.
 */
export interface Ahead {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** What it is told of the run: the path of a file. */
  readonly order: string;
}

export interface AheadLine {
  readonly order: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What a process that is shut in still reaches, and how much of the host it may use. */
export interface Confinement {
  readonly reach: Reach;
  /** Whether it has to make namespaces, mounts and control groups, for containers of its own. */
  readonly startsContainers?: boolean;
  readonly limits: GroupLimits;
  /** The group (a path from the root of the tree) below which groups are made for it; absent where the run has none. */
  readonly controlGroup?: string;
}

/** What of the host a process needs. Absolute paths, which are the same inside; what is not there is left out. */
export interface Reach {
  /**
   * Programs that it starts, its own among them, or names that are looked up in the PATH of the plan; the libraries that they are linked to
   * come along.
   */
  readonly programs: readonly string[];
  /** Scripts of Kiln that Node runs for it; Node and what they import come along. */
  readonly scripts?: readonly string[];
  /** Files, folders and sockets. */
  readonly read: readonly string[];
  /** Folders; they are made where they are not there. */
  readonly write: readonly string[];
  /** Folders that are empty at first, and gone with the process. */
  readonly temporary?: readonly string[];
  readonly network: 'none' | 'host';
}

/** A tar that a process has written, by absolute path: its entry `0` is the first artifact (a file, or a folder), `1` the second. */
export interface ArtifactTar {
  readonly path: string;
  readonly artifacts: readonly NamedArtifact[];
}

/** A text with *** in the place of each secret. */
export type Hide = (text: string) => string;

export type OutputStream = 'stdout' | 'stderr';

/** What a parser makes of the run's output. A log event is raw bytes of whole or partial lines, unmasked. */
export type RunEvent =
  | { readonly kind: 'step'; readonly step: Step }
  | {
      readonly kind: 'log';
      readonly stepNumber: number | null;
      readonly stream: OutputStream;
      readonly level: LogLevel;
      readonly bytes: Uint8Array;
    };

export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/** How the process ended and what it left behind. */
export interface RunEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Content of each of the plan's outputs; null where the file is absent. */
  readonly outputs: Readonly<Record<string, string | null>>;
  /** Whether the runner knows that a process was ended for want of memory. */
  readonly isOutOfMemory?: boolean;
}

export interface RunVerdict {
  readonly events: readonly RunEvent[];
  /** Digest of the image in staging; null when the run failed. */
  readonly stagedDigest: string | null;
  readonly failure: RunFailure | null;
  /** Milliseconds spent pushing to staging; null when the output does not tell. */
  readonly pushDurationMs: number | null;
  /** What the builder's own lint says of the Dockerfile. */
  readonly warnings?: readonly BuildWarning[] | undefined;
  /** The images that the builder has resolved itself, by its own record and by nothing that a step can print. */
  readonly images?: readonly MaterialImage[];
}

/**
 * Reads a run's output. Deterministic: the same bytes in any split give the same events, so that a supervisor which
 * starts again reads the spool from the beginning and reaches the same state. It never throws on odd input.
 */
export interface RunParser {
  feed(bytes: Uint8Array, stream: OutputStream): readonly RunEvent[];
  /** `hide` takes the secrets of the run out of a text: the message of a failure is made of hidden texts, and only then cut short. */
  finish(end: RunEnd, hide: Hide): RunVerdict;
}

/** The Dockerfile that a build names. Paths as the options have them, unjudged. */
export interface NamedDockerfile {
  /** Folder of the source that is the build context. */
  readonly context: string;
  /** Path of the Dockerfile inside `context`; of no account where `inline` is given. */
  readonly path: string;
  readonly inline: string | null;
  /** The stage to build; null for the last one. */
  readonly target: string | null;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** The builder's own when empty. */
  readonly platforms: readonly string[];
  /** Other stages that are built, for the first platform alone. */
  readonly alsoBuilt?: readonly string[];
  /** All of these stages with the settings that name them. */
  readonly namedStages?: readonly NamedStage[];
  /** Other images that take the place of some that it names: it is judged as if it named those. */
  readonly replaced?: Readonly<Record<string, string>>;
  /** Why no step may have the network of the host; null, or absent, where one may. */
  readonly hostTrouble?: string | null;
}

/** One build method. Pure: no process, file or network; the runner does those. */
export interface Engine<Options = unknown> {
  readonly method: BuildMethod;
  /** Whether the plan's process does the work itself, so that its memory, CPU and disk use are the build's. A client of a daemon does not. */
  readonly worksInProcess: boolean;
  /** Whether the plan's process starts containers itself, for which it makes namespaces, mounts and control groups. */
  readonly startsContainers?: boolean;
  /** Whether its plans need `host.buildkitAddress`. */
  readonly needsBuildkit?: boolean;
  /** What RUN steps reach although they are to have no network, in words; absent where that is nothing. */
  readonly reachedWithoutNetwork?: string;
  /** Raises `invalid_request` naming the fields; refuses what does not belong to the method. */
  parseOptions(value: unknown): Options;
  /** For methods that build from a Dockerfile: which one, so that it can be judged before anything runs. */
  dockerfileOf?(options: Options): NamedDockerfile;
  /** Registries (host[:port]) that the options name, besides those of the Dockerfile. */
  registriesOf?(options: Options): readonly string[];
  /** Images that the options name, and whose variables steps of the build have. */
  imagesOf?(options: Options): readonly string[];
  /**
   * The images whose digests the plan wants to have (`judged.digests`), of those that the Dockerfile needs or the options name: for builders
   * that do not tell what they have resolved.
   */
  imagesToResolve?(options: Options, needed: readonly string[]): readonly string[];
  /** `reference@digest` of images that are not asked for among those: their names stand for these digests. */
  pinnedImagesOf?(options: Options): readonly string[];
  plan(input: PlanInput<Options>): RunPlan;
  /** What the process of the plan needs of the host; without it no runner that shuts processes in offers the method. */
  reachOf?(input: PlanInput<Options>): Reach;
  createParser(plan: RunPlan): RunParser;
}
