/** Names one lease. The fence only grows; an effect that carries an older fence is refused. */
export interface LeaseRef {
  readonly buildId: string;
  readonly attempt: number;
  readonly leaseId: string;
  readonly fence: number;
}

/** leases.state: what may follow what. */
export const LEASE_STATE = {
  granted: { next: ['active', 'released', 'expired'], valid: true },
  active: { next: ['released', 'expired'], valid: true },
  released: { next: [], valid: false },
  expired: { next: [], valid: false },
} as const;
export type LeaseState = keyof typeof LEASE_STATE;

/** attempts.ended_reason: why an attempt is over. */
export const ATTEMPT_ENDS = [
  'succeeded',
  'failed',
  'cancelled',
  'worker_lost',
  'grant_unacknowledged',
  'run_lost',
  'held',
] as const;
export type AttemptEnd = (typeof ATTEMPT_ENDS)[number];

/**
 * What is told in place of `worker_lost` and `grant_unacknowledged` of a lease that ended when its worker had been removed. Not stored
 * with lease and attempt: build_workers.removed_at says it.
 */
export const WORKER_REMOVED = 'worker_removed';

/**
 * A build that is lost this often is failed as quarantined: it may be what brings its hosts down. One host that is lost takes all its builds
 * with it, and where there are two, the innocent meet the guilty on the second again.
 */
export const QUARANTINE_AFTER_LOSSES = 3;

/**
 * How far a restore raises the fences of open builds: far more than one build is ever granted leases, so that whatever was granted after
 * the backup was made is older than everything granted after the restore.
 */
export const FENCE_LEAP = 1_000_000;
