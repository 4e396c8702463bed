import type { BuildFile } from '../contracts/build-file.js';
import type { LeaseGrant, LogChunkIn, LogSeal, RunSpec } from '../contracts/supervisor.js';
import type { BuildMethod } from '../domain/builds/method.js';
import type { OpenUpload, PublicationReport } from '../domain/builds/publication.js';
import type { RunOutcome } from '../domain/builds/outcome.js';
import type { Step } from '../domain/builds/step-status.js';
import type { Content } from './contents.js';
import type { HostOffer, RecordedSource } from './dispatch.js';
import type { LeaseRef } from '../domain/dispatch/lease.js';
import type { RunSecretValues, SecretsWanted } from './secrets.js';

/** What the host says of itself in its heartbeat; its id comes with it. */
export interface WorkerOffer extends Omit<HostOffer, 'host_id'> {
  readonly methods: readonly BuildMethod[];
}

/** The lease an effect is done under, with its token. */
export interface LeaseAuth {
  readonly lease: LeaseRef;
  readonly token: string;
}

/**
 * The api as a supervisor sees it. Every call may be repeated. Errors: `unavailable` when nothing answered,
 * `unauthenticated`, `stale_fence` (the lease is over), else the code the api gave.
 */
export interface ControlPlane {
  /** `leases` counts those that the worker has been granted, taken up or not. */
  heartbeat(
    offer: WorkerOffer,
    signal?: AbortSignal,
  ): Promise<{ workerId: string; heartbeatMs: number; leases: number }>;
  acknowledge(lease: LeaseRef, signal?: AbortSignal): Promise<LeaseGrant>;
  renew(auth: LeaseAuth, signal?: AbortSignal): Promise<{ ttlMs: number; cancelRequested: boolean }>;
  appendLog(auth: LeaseAuth, chunks: readonly LogChunkIn[], signal?: AbortSignal): Promise<void>;
  putSteps(auth: LeaseAuth, steps: readonly Step[], signal?: AbortSignal): Promise<void>;
  /** Records the commit of a git source; `conflict` when another one is recorded already. */
  recordSource(auth: LeaseAuth, git: RecordedSource, signal?: AbortSignal): Promise<void>;
  /** Records the registries that the source names, before credentials for them are asked for; `conflict` when others are recorded already. */
  recordRegistries(auth: LeaseAuth, registries: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Settles the settings with those of the build file; gives the run as it is then. */
  recordConfig(auth: LeaseAuth, buildFile: BuildFile, signal?: AbortSignal): Promise<RunSpec>;
  /** Writes the uploaded context to the file: its list, an empty line, its distinct contents in the order of the list. */
  downloadContext(auth: LeaseAuth, file: string, signal?: AbortSignal): Promise<void>;
  /** Values for this run; secret_missing, secret_unreadable or keyring_missing when one cannot be had. */
  fetchSecrets(auth: LeaseAuth, wanted: SecretsWanted, signal?: AbortSignal): Promise<RunSecretValues>;
  /** Stores the bytes of an artifact before the outcome names it. */
  putArtifact(auth: LeaseAuth, content: Content, file: string, signal?: AbortSignal): Promise<void>;
  /** Gives the uploads that are under way as they are kept. */
  putPublication(
    auth: LeaseAuth,
    report: PublicationReport,
    signal?: AbortSignal,
  ): Promise<readonly OpenUpload[]>;
  /** `conflict` until every chunk and artifact is stored and the hash agrees. */
  finish(auth: LeaseAuth, outcome: RunOutcome, log: LogSeal, signal?: AbortSignal): Promise<void>;
}
