import type { TerminalStatus } from '../src/domain/builds/status.js';
import type { LeaseRef } from '../src/domain/dispatch/lease.js';
import type { BuildReport, Ending, LeaseAnswer } from './contract.js';

/** Local activities of the controller: short, idempotent, keyed by (build, attempt, operation). */
export interface ControlActivities {
  /** Calls grantNext for the build's pool and says where the build stands. */
  requestLease(input: { buildId: string }): Promise<LeaseAnswer>;
  /** Closes the lease's attempt as lost and queues the build again, or fails it as quarantined. */
  loseAttempt(input: LeaseRef): Promise<void>;
  /** Moves the destination tags under lock and fence. `cancelled` when a cancel came first; `fenced` when the lease is stale. */
  moveTags(input: LeaseRef): Promise<{ result: 'moved' | 'cancelled' | 'fenced' }>;
  /** Writes the final records, the terminal status, history and outbox rows in one transaction. */
  recordBuild(input: {
    buildId: string;
    lease: LeaseRef | null;
    ending: Ending;
  }): Promise<{ status: TerminalStatus }>;
  /** Gives the lease back, removes the staging tag, grants to whoever waits. */
  releaseLease(input: { buildId: string; lease: LeaseRef }): Promise<void>;
}

/** Remote activities of a worker host. */
export interface WorkerActivities {
  buildImage(input: LeaseRef): Promise<BuildReport>;
  publishImage(input: LeaseRef & { digest: string }): Promise<void>;
}
