import type { TerminalStatus } from '../src/domain/builds/status.js';
import type { LeaseRef } from '../src/domain/dispatch/lease.js';
import type { BuildReport, Ending, ExploreInput, LeaseAnswer, MoveResult, TickOutput } from './contract.js';

/** Local activities of the controller: short, idempotent, keyed by (build, attempt, operation). */
export interface ControlActivities {
  /** Calls grantNext for the build's pool and says where the build stands. */
  requestLease(input: { buildId: string }): Promise<LeaseAnswer>;
  /** Closes the lease's attempt as lost and queues the build again, or fails it as quarantined. */
  loseAttempt(input: LeaseRef): Promise<void>;
  /** Queues the build again when its attempt failed by a fault of the infrastructure and the bound is not reached. */
  tryAgain(input: LeaseRef): Promise<{ again: boolean }>;
  /** Lets the staged image pass, or holds the build and gives its lease back. `open: false`: ask the row again; `refused`: the build is to end. */
  passGate(input: LeaseRef): Promise<{ open: boolean; refused?: boolean }>;
  /** Moves the destination tags under lock and fence. `cancelled` when a cancel came first; `fenced` when the lease is stale; `missing` when the image has to be copied again. */
  moveTags(input: LeaseRef): Promise<{ result: MoveResult }>;
  /** The same as a remote activity, for the tries after the first one, which began at `sinceMs`. */
  moveTagsAgain(input: LeaseRef & { sinceMs: number }): Promise<{ result: MoveResult }>;
  /** Writes the final records, the terminal status, history and outbox rows in one transaction; `stale_fence` when a newer attempt owns the build. */
  recordBuild(input: {
    buildId: string;
    lease: LeaseRef | null;
    ending: Ending;
  }): Promise<{ status: TerminalStatus }>;
  /** Gives the lease back and grants to whoever waits. */
  releaseLease(input: LeaseRef): Promise<void>;
  /** Opens the prunes of all projects with a policy; gives the ids of those that are open. */
  openPrunes(): Promise<{ pruneIds: string[] }>;
  /** The same for builds. */
  openBuildPrunes(): Promise<{ pruneIds: string[] }>;
  /** Leaves only the record of some builds of a prune; `isOver` when nothing is left. */
  pruneSomeBuilds(input: { pruneId: string }): Promise<{ isOver: boolean }>;
  /** Lets some logs go that are older than anybody keeps them; `isOver` when nothing is left. */
  removeSomeLogs(): Promise<{ isOver: boolean }>;
  /** Does a part of a prune; `isOver` when nothing is left. */
  pruneSome(input: { pruneId: string }): Promise<{ isOver: boolean }>;
  /** Runs the tick of a schedule at a time; one build at most, however often. */
  runTick(input: { scheduleId: string; at: string }): Promise<TickOutput>;
  /** Asks registries where watched tags point, of one tenant or of all (null), and writes down what has moved. */
  checkBaseImages(input: { tenantId: string | null }): Promise<{ images: number; moves: number }>;
  /** Removes what the attempts left in staging and writes down whether that worked. */
  cleanUp(input: { buildId: string }): Promise<void>;
}

/** Remote activities of a worker host. */
export interface WorkerActivities {
  buildImage(input: LeaseRef): Promise<BuildReport>;
  publishImage(input: LeaseRef & { digest: string }): Promise<void>;
}

/** Activities of the controller for which builds wait at their gates. */
export interface InspectActivities {
  /** Makes the bill of materials of the staged image and scans it. */
  inspectStaged(input: LeaseRef): Promise<void>;
}

/** Activities of the controller that take their time; nothing waits for them. */
export interface ExploreActivities {
  /** Looks into the layers of an image and writes down what is in them. Repeating goes on where it ended. */
  exploreImage(input: ExploreInput): Promise<void>;
  /** Makes the bill of materials of an image, where there is none, and scans it. */
  inspectImage(input: ExploreInput): Promise<void>;
  /** Inspects the next images in use; gives where to go on, null at the end. */
  inspectInUse(input: { after: string | null }): Promise<{ next: string | null }>;
  /** Writes down that there is no bill of materials, or no scan. */
  giveUpInspecting(input: ExploreInput & { reason: string }): Promise<void>;
  /** Writes down that the image could not be fetched. */
  giveUpExploring(input: ExploreInput & { reason: string }): Promise<void>;
}

/** Activities of the controller that sign what a build has made; nothing waits for them. */
export interface AttestActivities {
  /** Signs provenance, bills of materials and image, and puts all of it beside the image. Repeating changes nothing. */
  attestBuild(input: { buildId: string }): Promise<void>;
  /** Writes down that it was in vain. */
  giveUpAttesting(input: { buildId: string; reason: string }): Promise<void>;
}
