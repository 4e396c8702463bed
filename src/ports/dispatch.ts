import type { GitFacts } from '../contracts/builds.js';
import type { LogChunkIn, LogSeal, RunSpec } from '../contracts/supervisor.js';
import type { RunOutcome } from '../domain/builds/outcome.js';
import type { GateDecision } from '../domain/gates/gate-status.js';
import type { OpenUpload, PublicationReport } from '../domain/builds/publication.js';
import type { AskedResources } from '../domain/builds/resources.js';
import type { SettingLayers } from '../domain/builds/settings.js';
import type { Step } from '../domain/builds/step-status.js';
import type { ImageRegistry } from './image-registry.js';
import type { StoredConfig } from './records.js';
import type { LeaseRef } from '../domain/dispatch/lease.js';
import type { WorkerType } from '../domain/dispatch/worker.js';
import type { BuildStart, Ending, ExploreInput, LeaseAnswer, MoveResult } from '../../workflows/contract.js';
import type { TerminalStatus } from '../domain/builds/status.js';

export type { BuildStart, Ending, LeaseAnswer, LogChunkIn, LogSeal, MoveResult, RunSpec };

/** Whose credentials open a registry. */
export interface Owner {
  readonly tenantId: string;
  readonly projectId: string;
}

/** Tags that may be left in a staging repository. */
export interface StagingLeft extends Owner {
  readonly buildId: string;
  readonly stagingRepository: string;
  readonly stagingTags: readonly string[];
}

/** The controller's side of leases: the only code that changes builds.status, slots and fences. */
export interface Dispatcher {
  /** Grants whatever can be granted now in one transaction and puts the doorbells (leaseGranted) into the outbox. Returns how many. */
  grantNext(): Promise<number>;
  /** Calls grantNext and says where this build stands. */
  requestLease(buildId: string): Promise<LeaseAnswer>;
  /** Attempt lost (worker_lost): lease closed, fence raised, build queued again or failed as quarantined; then grants. A lease that is over is left alone. */
  loseAttempt(lease: LeaseRef): Promise<void>;
  /**
   * Queues a build again whose attempt failed by a fault of the infrastructure, after a wait and within a bound; false when the failure
   * stands.
   */
  tryAgain(lease: LeaseRef): Promise<boolean>;
  /** Gives the slot back, closes the attempt, then grants; repeating changes nothing. */
  release(lease: LeaseRef): Promise<void>;
  /** An image has been looked into: the what-ifs that have made it, whose staging is to be emptied now. */
  releaseWhatIfs(image: ExploreInput): Promise<string[]>;
  /**
   * What is to be removed from staging after the end of a build: its own tags, and after a success those its chain had kept. Nothing
   * before the end, and nothing that a retry may still go on from.
   */
  stagingLeft(buildId: string): Promise<StagingLeft[]>;
  /** Records whether the staging tag and the rest are gone (build_results.cleanup_status). */
  recordCleanup(buildId: string, status: 'completed' | 'failed'): Promise<void>;
  /**
   * Expires leases that were neither renewed nor acknowledged in time, counting only time in which the api was up
   * (one TTL of grace after its recovery), and marks silent workers offline. Returns the milliseconds until the next look.
   */
  expire(): Promise<{ expired: number; nextLookMs: number }>;
}

/** Final records of a build. */
export interface Recorder {
  /**
   * Destinations of the build, the image to point them at, under the lock of each tag; `cancelled` / `fenced` instead when that came first.
   * `missing` when one of the repositories does not hold the image any more. `unavailable` when a lock or a move takes too long or `signal` fires; what was moved before stays noted. The signal given to `move`
   * says when its result does not count any more. `withinMs`: less time than a registry has otherwise.
   */
  moveTags(
    lease: LeaseRef,
    move: (target: TagTarget, signal: AbortSignal) => Promise<void>,
    signal?: AbortSignal,
    withinMs?: number,
  ): Promise<{ result: MoveResult }>;
  /** Shows in the build's publication to the repository that a tag waits, until it is moved. Nothing under a stale lease. */
  noteWait(lease: LeaseRef, repository: string, reason: string): Promise<void>;
  /**
   * Final records, terminal status, history and outbox rows in one transaction; a terminal build is returned as it is, and one whose
   * tags are all moved is a success whatever the ending. stale_fence when the lease is not the build's current one and the stored
   * rows do not prove the ending.
   */
  record(buildId: string, lease: LeaseRef | null, ending: Ending): Promise<{ status: TerminalStatus }>;
}

/** A tag and the manifest that it is to name. */
export interface TagTarget extends Owner {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/** A move of a tag that has begun and of which nothing more is known. */
export interface OpenMove extends Omit<TagTarget, 'digest'> {
  readonly moverId: string;
  readonly buildId: string;
  /** What the tag was to name; null where a repair was to remove it. */
  readonly digest: string | null;
}

/**
 * What a look at a tag has led to. `right`: it is where the record has it; `put_back` there; `removed`, for the record knows no such tag;
 * `stuck`: to be removed, which the registry cannot; `moved_elsewhere`, by somebody else, or `absent`, and left so; `under_way`: its
 * build is not over.
 */
export type TagRepair =
  | 'right'
  | 'put_back'
  | 'removed'
  | 'stuck'
  | 'moved_elsewhere'
  | 'absent'
  | 'under_way';

/** What a look has led to, and whether it has done something or found something else than the look before. */
export interface TagLook {
  readonly what: TagRepair;
  readonly isNews: boolean;
}

export type TagsOfRegistry = Pick<ImageRegistry, 'head' | 'tag' | 'untag'>;

/** Moves of tags that were left open. */
export interface TagRepairs {
  open(olderThanMs: number, limit: number): Promise<OpenMove[]>;
  repair(move: OpenMove, registry: TagsOfRegistry): Promise<TagLook>;
}

/** Staging repositories of projects that have built lately, and which builds have nothing to do there any more. */
export interface StagingTags {
  repositories(): Promise<(Owner & { readonly repository: string })[]>;
  /** Those of the builds that were cleaned up after at least `forMs` ago: nothing goes on from what they left. */
  cleanedBuilds(buildIds: readonly string[], forMs: number): Promise<string[]>;
}

/** What the outbox asks for. Sent at least once; the receivers are idempotent. */
export type OutboxMessage =
  | ({ readonly kind: 'start_build' } & BuildStart)
  | { readonly kind: 'cancel_build'; readonly buildId: string }
  | { readonly kind: 'lease_granted'; readonly buildId: string }
  | { readonly kind: 'gate_decided'; readonly buildId: string; readonly decision: GateDecision }
  /** Provenance of a build that succeeded. */
  | { readonly kind: 'attest_build'; readonly buildId: string }
  /** By the build that made it. */
  | ({ readonly kind: 'explore_image'; readonly buildId: string } & ExploreInput);

export interface Outbox {
  /** Takes up to `limit` due rows, calls `send` for each, deletes those that succeeded and postpones the others with back-off. Returns how many were sent and when to look again. */
  relay(
    limit: number,
    send: (message: OutboxMessage) => Promise<void>,
  ): Promise<{ sent: number; nextLookMs: number }>;
}

/** What came out of all that was said about a build, its build file included. */
export interface SettledConfig {
  readonly options: Readonly<Record<string, unknown>>;
  /** Empty where the project's image repository is the destination. */
  readonly destinations: readonly string[];
  readonly buildTimeoutMs: number;
  readonly resources: AskedResources;
  readonly layers: SettingLayers;
}

/** Room on the disk of a build host. With less than the reserve it takes no new build. */
export interface WorkerDisk {
  readonly free_bytes: number;
  readonly reserve_bytes: number;
  /** Absent or null where the file system has no fixed number of them. */
  readonly free_inodes?: number | null | undefined;
}

/** What a build host says of itself in every heartbeat. */
export interface HostOffer {
  readonly slots: number;
  readonly methods: readonly string[];
  readonly zone: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly disk: WorkerDisk | null;
  /** Made by the supervisor and kept in its state folder: one token is for one host. */
  readonly host_id?: string;
  readonly worker_type?: WorkerType;
  /** Whose programs the machine runs itself, and by emulation. */
  readonly platforms?: readonly string[];
  readonly emulated_platforms?: readonly string[];
  readonly tool_versions?: Readonly<Record<string, string>>;
  /** Known holes of its tools that the operator takes for mended. */
  readonly accepted_holes?: readonly string[];
  /** Why its builder does not answer. */
  readonly builder_trouble?: string | null;
  /** It is being stopped and takes no new build. */
  readonly is_draining?: boolean;
  /** Its worker process does not run or does not reach Temporal. */
  readonly is_worker_away?: boolean | undefined;
}

/** Who a lease token stands for. */
export interface LeaseHolder {
  readonly leaseId: string;
  readonly tenantId: string;
  readonly buildId: string;
  readonly attempt: number;
  readonly fence: number;
}

/** What a supervisor has found out about a git source. */
export type RecordedSource = GitFacts & { readonly commit: string };

/** The api's side of leases, called by supervisors. Every effect checks that the lease is valid and the fence current, else stale_fence. */
export interface LeaseGate {
  /** The worker a token stands for; null when unknown. */
  resolveWorker(token: string): Promise<{ workerId: string; workerName: string } | null>;
  /** The lease a token stands for, valid or not; null when unknown. */
  resolveLease(token: string): Promise<LeaseHolder | null>;
  /** Raises `worker_taken` while another host speaks by the same token. Gives how many leases the worker has been granted. */
  heartbeat(workerId: string, offer: HostOffer): Promise<{ leases: number }>;
  /** granted -> active, stores the hash of a new token. Only the worker of the lease may; `worker_taken` for another host than its own. */
  acknowledge(
    workerId: string,
    leaseId: string,
    fence: number,
    hostId?: string,
  ): Promise<{ leaseToken: string; ttlMs: number; run: RunSpec }>;
  renew(holder: LeaseHolder, fence: number): Promise<{ ttlMs: number; cancelRequested: boolean }>;
  appendLog(holder: LeaseHolder, fence: number, chunks: readonly LogChunkIn[]): Promise<void>;
  putSteps(holder: LeaseHolder, fence: number, steps: readonly Step[]): Promise<void>;
  /** Which commit a git source is; `conflict` when another one is recorded already. */
  recordSource(holder: LeaseHolder, fence: number, git: RecordedSource): Promise<void>;
  /** The run of the lease as it is now. */
  run(holder: LeaseHolder, fence: number): Promise<RunSpec>;
  /**
   * How far the copy of the image to one of the build's repositories is; forbidden for another repository. Gives the uploads that are under
   * way as they are kept. A report that begins the publication raises cancelled once a cancel was asked for: no manifest may be sent then.
   */
  putPublication(
    holder: LeaseHolder,
    fence: number,
    report: PublicationReport,
  ): Promise<readonly OpenUpload[]>;
  /** Which registries the source of the attempt names; `conflict` when others are recorded already. */
  recordRegistries(holder: LeaseHolder, fence: number, registries: readonly string[]): Promise<void>;
  /** The settings of the lease's build; conflict unless its source is a git repository. */
  gitConfig(holder: LeaseHolder, fence: number): Promise<StoredConfig>;
  /** Settles the settings of a build with those of its build file, and rings for a new deadline. Gives the run as it is then. */
  recordConfig(holder: LeaseHolder, fence: number, config: SettledConfig): Promise<RunSpec>;
  /** The digest of the upload's list; null when the build has no uploaded context. */
  contextDigest(holder: LeaseHolder, fence: number): Promise<string | null>;
  finish(holder: LeaseHolder, fence: number, outcome: RunOutcome, log: LogSeal): Promise<void>;
  /** Says that the api is up; lease expiry counts only such time. Called every 2 s. */
  beat(instance: string): Promise<void>;
}

/** What the audit compares: rows with workflows, leases with builds, slots with leases, and builds that nobody has cleaned up after. */
export interface Audit {
  /** Builds that are not terminal and were accepted more than `olderThanMs` ago, by id after `afterId`. */
  openBuilds(olderThanMs: number, afterId: string | null, limit: number): Promise<BuildStart[]>;
  /**
   * Ids of builds that ended more than `olderThanMs` ago and whose staging may not be empty, by id after `afterId`, without those whose
   * image is kept for a retry. One that could not be emptied is given up `giveUpMs` after the build's end, or after the image was kept.
   */
  uncleanBuilds(
    times: { olderThanMs: number; giveUpMs: number },
    afterId: string | null,
    limit: number,
  ): Promise<string[]>;
  /** Of these builds those that ended more than `olderThanMs` ago, and those that there are not. */
  withoutRow(
    buildIds: readonly string[],
    olderThanMs: number,
  ): Promise<{ readonly ended: readonly string[]; readonly unknown: readonly string[] }>;
  /** Valid leases of builds that ended more than `olderThanMs` ago: nobody is left to give them back. */
  ownerlessLeases(olderThanMs: number, limit: number): Promise<LeaseRef[]>;
  /** Counts the leases of each host whose count is wrong; gives the names of those. */
  recountSlots(): Promise<string[]>;
}
