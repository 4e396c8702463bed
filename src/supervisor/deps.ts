import { DISK_RESERVE_BYTES } from '../domain/limits/disk-reserve.js';
import type { KeptArtifact } from '../domain/builds/artifact.js';
import type { BuildFile } from '../contracts/build-file.js';
import type { BuildkitUser } from '../domain/builds/buildkit-key.js';
import type { BuildMethod } from '../domain/builds/method.js';
import type { BuildWarning } from '../domain/builds/warning.js';
import type { InspectedImage } from '../domain/builds/outcome.js';
import type { RegistryMirror } from '../domain/network/mirrors.js';
import type { Step } from '../domain/builds/step-status.js';
import type { JudgedDockerfile } from '../ports/dockerfile.js';
import type { Buildkits } from '../ports/buildkits.js';
import type { ControlPlane, WorkerOffer } from '../ports/control-plane.js';
import type { ArtifactTar, Engine, EngineHost, NamedDockerfile } from '../ports/engine.js';
import type { ImageRegistry } from '../ports/image-registry.js';
import type { RegistryCredential } from '../ports/secrets.js';
import type { ReadTestReports, TakeFromImage } from '../ports/test-reports.js';
import type { RunGroups } from '../ports/run-groups.js';
import type { Runner } from '../ports/runner.js';
import type { FetchGit } from '../ports/source-fetcher.js';
import type { BaseSecrets } from './base-secrets.js';

/** What was found on a host that belongs to no run: the folder of one with its processes, a container, a control group. */
export const LEFT_OVERS = ['workspace', 'container', 'group'] as const;
export type LeftOver = (typeof LEFT_OVERS)[number];

/** Where the supervisor reports; a pino logger fits. */
export interface SupervisorLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface Machine {
  readonly memoryBytes: number;
  readonly cpus: number;
}

/** Everything a run needs from outside. */
export interface RunDeps {
  readonly controlPlane: ControlPlane;
  readonly runner: Runner;
  /** Absent where runs get no control groups. */
  readonly groups?: RunGroups;
  /** What this machine has to share out. */
  readonly machine?: Machine;
  /** Raises `invalid_request` for a method this host does not have. */
  readonly engineFor: (method: BuildMethod) => Engine;
  readonly fetchGit: FetchGit;
  /** Registries with the credentials of one run. */
  readonly registryFor: (
    credentials: readonly RegistryCredential[],
  ) => Pick<ImageRegistry, 'inspect' | 'head' | 'told'>;
  readonly baseSecrets: BaseSecrets;
  readonly registryMirrors: readonly RegistryMirror[];
  /** Why a registry does not answer; null when it does. */
  readonly registryTrouble?: (host: string, signal: AbortSignal) => Promise<string | null>;
  /** Raises `host_not_allowed` for a registry that a build may not reach. */
  readonly refuseRegistry: (host: string) => Promise<void>;
  /** Reads the build file of a source; null where there is none and it need not be. Raises build_file_missing or build_file_invalid. */
  readonly readBuildFile: (
    contextFolder: string,
    file: { readonly path: string; readonly required: boolean },
  ) => Promise<BuildFile | null>;
  /** The refusal of settings of a build file, with their lines in it; any other error as it is. */
  readonly placeSettings?: (error: unknown, contextFolder: string, path: string) => Promise<unknown>;
  /**
   * Unpacks a downloaded context, whose list has this digest, into an existing empty folder; raises digest_mismatch when a byte is
   * not the uploaded one, context_invalid or path_escapes_context.
   */
  readonly unpackContext: (bundlePath: string, folder: string, sha256: string) => Promise<void>;
  /**
   * Judges context and Dockerfile before anything runs, for the methods that build from one; raises dockerfile_missing,
   * dockerfile_invalid, context_invalid or path_escapes_context. Gives the base image, null when there is none or it is not known.
   */
  readonly checkDockerfile: (
    contextFolder: string,
    dockerfile: NamedDockerfile,
    user: BuildkitUser,
    signal: AbortSignal,
  ) => Promise<JudgedDockerfile>;
  /**
   * Takes artifacts out of the tars that a run has left, into files of a folder named by their SHA-256; raises artifact_unusable or
   * artifact_too_large. Test reports, and the names of their files, pass through `mask`.
   */
  readonly takeArtifacts?: (
    tars: readonly ArtifactTar[],
    folder: string,
    maxBytes: number,
    mask: (report: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>,
  ) => Promise<readonly KeptArtifact[]>;
  readonly takeFromImage?: TakeFromImage;
  readonly readTestReports?: ReadTestReports;
  /** What a lint says of the text of a Dockerfile, by the settings that its source has for it; absent where the host has no lint. */
  readonly lintDockerfile?: (
    contextFolder: string,
    text: string,
    signal: AbortSignal,
  ) => Promise<readonly BuildWarning[]>;
  /** Maps the image's layers to the steps that made them; both come back, whole. */
  readonly attributeLayers?: (
    image: InspectedImage,
    steps: readonly Step[],
  ) => { readonly image: InspectedImage; readonly steps: readonly Step[] };
  /** Versions of the programs that build a run, for provenance; what cannot be told is left out. It does not reject. */
  readonly toolVersions?: (
    run: { readonly method: BuildMethod } & BuildkitUser,
    signal: AbortSignal,
  ) => Promise<Readonly<Record<string, string>>>;
  readonly host: EngineHost;
  /** Null where the host has none: then methods that need one say so. */
  readonly buildkits: Pick<Buildkits, 'open'> | null;
  /** Journals, spools, workspaces, and what engines keep for later builds; owned by one supervisor. */
  readonly stateFolder: string;
  /** Removes what the builder of a run has itself kept of the output, which is not masked, and of runs that were stopped. */
  readonly removeBuildRecords?: (run: { readonly method: BuildMethod } & BuildkitUser) => Promise<void>;
  readonly log: SupervisorLog;
  readonly limits: SupervisorLimits;
}

export interface SupervisorDeps extends Omit<RunDeps, 'limits'> {
  /** Path of the unix socket (at most 100 bytes). */
  readonly socketPath: string;
  /** What the host says of itself and does not change. */
  readonly offer: Omit<WorkerOffer, 'disk' | 'builder_trouble' | 'is_draining' | 'is_worker_away'>;
  /** Raises why the builder does not answer; absent where the host needs none. */
  readonly probeBuilder?: (signal: AbortSignal) => Promise<void>;
  /** What is free on the disk of a folder; null where it cannot be told. */
  readonly freeBytes: (folder: string) => Promise<number | null>;
  /** How many files its file system can still take; null where it has no fixed number. */
  readonly freeInodes?: (folder: string) => Promise<number | null>;
  /** Has the builder drop of its cache what it has used longest ago, until so much is free on its disk. */
  readonly clearCache?: (wantedFreeBytes: number, signal: AbortSignal) => Promise<void>;
  /** Told of what was removed that belonged to no run. */
  readonly onLeftOver?: (what: LeftOver, count: number) => void;
  readonly limits?: Partial<SupervisorLimits>;
}

export interface SupervisorLimits {
  /** Between SIGTERM and SIGKILL. */
  readonly stopGraceMs: number;
  /** How long a stop waits for the log to be stored once the processes are gone. */
  readonly stopFlushMs: number;
  /** How long a stop waits for the api to say whether a person asked for it. */
  readonly stopAskMs: number;
  /** How long a supervisor that stops goes on sending what it has read. */
  readonly drainMs: number;
  /** Silence of the api after which a run is given up. */
  readonly silenceMs: number;
  /** Absence of the worker process after which the host takes no new build, longer than a restart takes; and how often it has to show itself. */
  readonly workerAwayMs: number;
  /** Absence of the worker process after which runs that have ended are let go: nobody fetches their reports. */
  readonly workerGoneMs: number;
  /** Shortest wait between two reports of the steps, and between two of the log; at the end neither waits. */
  readonly sendEveryMs: number;
  readonly chunkBytes: number;
  readonly chunkLines: number;
  readonly chunkWaitMs: number;
  /** The host takes no new build while its disk has less free. */
  readonly diskReserveBytes: number;
  /** Shortest wait between two measurements of a workspace. */
  readonly measureEveryMs: number;
  /** First and longest wait between two tries of a call to the api. */
  readonly retryFirstMs: number;
  readonly retryMaxMs: number;
  /** Tries to read the image back before the run fails. */
  readonly inspectTries: number;
}

export const DEFAULT_LIMITS: SupervisorLimits = {
  stopGraceMs: 1000,
  stopFlushMs: 5000,
  stopAskMs: 1000,
  drainMs: 8000,
  silenceMs: 15 * 60_000,
  workerAwayMs: 5_000,
  workerGoneMs: 15_000,
  sendEveryMs: 200,
  chunkBytes: 64 * 1024,
  chunkLines: 500,
  chunkWaitMs: 250,
  diskReserveBytes: DISK_RESERVE_BYTES,
  measureEveryMs: 2000,
  retryFirstMs: 100,
  retryMaxMs: 5000,
  inspectTries: 6,
};
