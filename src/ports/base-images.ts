import type { MoveStatus, RebuildState } from '../domain/base-images/judge-move.js';
import type { TenantContext } from './stores.js';

/** A project that is watched and stands on an image. */
export interface StandingProject {
  readonly project: string;
  readonly buildNumber: number;
  /** What its build has recorded; null where nobody could tell, and nothing can be compared. */
  readonly digest: string | null;
  readonly isBase: boolean;
}

/** An image that watched projects stand on, by its tag. */
export interface WatchedImage {
  readonly reference: string;
  /** What the registry has said last; null as long as it has told nothing. */
  readonly digest: string | null;
  readonly checkedAt: string | null;
  readonly trouble: string | null;
  readonly notBefore: string | null;
  readonly projects: readonly StandingProject[];
}

export interface MovedProject {
  readonly project: string;
  readonly isCanary: boolean;
  readonly state: RebuildState;
  readonly buildId: string | null;
  readonly buildNumber: number | null;
  /** Why there is no build, or not yet. */
  readonly reason: string | null;
}

/** A tag that points at another image than builds have recorded, and what became of the projects that stand on it. */
export interface BaseImageMove {
  readonly id: string;
  readonly reference: string;
  readonly from: string;
  readonly to: string;
  readonly status: MoveStatus;
  /** Why it is stopped or superseded. */
  readonly reason: string | null;
  readonly seenAt: string;
  readonly projects: readonly MovedProject[];
}

/** The watch as people see it. Which projects are watched, their settings say. */
export interface BaseImageStore {
  watched(tenant: TenantContext): Promise<WatchedImage[]>;
  /** The newest first. */
  moves(tenant: TenantContext, limit: number): Promise<BaseImageMove[]>;
  /** Lets a stopped move go on: failures so far do not stop it again. not_found; conflict where it is not stopped. */
  resume(tenant: TenantContext, moveId: string): Promise<BaseImageMove>;
}

/** Starts a look at the registries now, of one tenant; one that is under way is as good. */
export interface BaseImageChecks {
  start(tenantId: string): Promise<void>;
}

/** The tags to look at of one tenant. */
export interface ImageRound {
  readonly tenantId: string;
  /** Before the first look: what is seen later is newer. ISO 8601. */
  readonly at: string;
  /** With projects whose credentials may open them. */
  readonly images: readonly { readonly reference: string; readonly projectIds: readonly string[] }[];
}

/** What a registry has said of a tag, or why it has not. */
export type SeenImage = { readonly reference: string } & (
  | { readonly digest: string }
  | { readonly trouble: string; readonly pauseMs: number | null }
);

/** Looks at tags as the controller takes them. Sees those of all tenants. */
export interface ImageRounds {
  /** Of all tenants for null. Leaves out what a registry has asked to be left alone for, and forgets what nobody stands on any more. */
  begin(tenantId: string | null): Promise<ImageRound[]>;
  /** Writes down what was seen and, in the same transaction, the moves that follow from it. Older than what is known changes nothing. */
  record(round: ImageRound, seen: readonly SeenImage[]): Promise<{ readonly moves: number }>;
}

/** A build that is to start since images have moved. The same batch means the same build. */
export interface DueRebuild {
  readonly batchId: string;
  readonly tenantId: string;
  readonly projectId: string;
  readonly fromBuildId: string;
  /** What that build has recorded, and what the tag points at now. */
  readonly moves: readonly { readonly reference: string; readonly from: string; readonly to: string }[];
}

/** Moves as the controller carries them out. Sees those of all tenants. */
export interface ImageMoves {
  /** Judges all moves that are not over by the builds that there are, and gives the builds that are to start. Repeating gives those again that are not noted. */
  advance(maxFailures: number): Promise<DueRebuild[]>;
  started(batchId: string, buildId: string): Promise<void>;
  /** Nothing is built for it. */
  skipped(batchId: string, reason: string): Promise<void>;
  /** It is given again after the pause. */
  postpone(batchId: string, reason: string, pauseMs: number): Promise<void>;
}
