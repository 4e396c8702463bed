import { CancellationScope, condition, proxyLocalActivities } from '@temporalio/workflow';
import type { LeaseRef } from '../src/domain/dispatch/lease.js';
import { CONTROL_OPTIONS, LEASE_RECHECK_MS } from './activity-options.js';
import type { ControlActivities } from './activity-types.js';
import type { BuildRun } from './build-run.js';
import type { LeaseAnswer } from './contract.js';

const control = proxyLocalActivities<ControlActivities>(CONTROL_OPTIONS);

/** How a phase's activity came to its end. `lost`: the lease is no longer this attempt's. */
export type PhaseEnd<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'lost' };

/**
 * Runs a phase's activity until it ends, the build is cancelled, the time is up, or a doorbell tells that the lease went to
 * another attempt. In the last three cases the activity is cancelled, and its end is awaited for as long as the lease is held, so that nothing of it
 * runs on. Without a lease nothing that it does counts any more, and a host that has gone never tells of an end.
 */
export async function runPhase<T>(
  run: BuildRun,
  lease: LeaseRef,
  timeoutMs: number | null,
  activity: () => Promise<T>,
): Promise<PhaseEnd<T>> {
  let ended: PhaseEnd<T> | null = null;
  const scope = new CancellationScope({ cancellable: true });
  const end = scope.run(activity).then(
    (value): PhaseEnd<T> => (ended = { kind: 'done', value }),
    (error: unknown): PhaseEnd<T> => (ended = { kind: 'failed', error }),
  );
  const reason = await interruption(run, lease, timeoutMs, () => ended !== null);
  if (reason === null) return end;
  scope.cancel();
  if (reason !== 'lost') await endedOrLost(run, lease, () => ended !== null);
  return { kind: reason };
}

async function endedOrLost(run: BuildRun, lease: LeaseRef, hasEnded: () => boolean): Promise<void> {
  while (!hasEnded()) {
    const seen = run.doorbells;
    const woken = (): boolean => hasEnded() || run.doorbells > seen;
    await condition(woken, LEASE_RECHECK_MS, { summary: 'is the lease still held?' });
    if (!hasEnded() && !isHeld(lease, await control.requestLease({ buildId: lease.buildId }))) return;
  }
}

function isHeld(lease: LeaseRef, answer: LeaseAnswer): boolean {
  return 'lease' in answer && answer.lease?.leaseId === lease.leaseId;
}

async function interruption(
  run: BuildRun,
  lease: LeaseRef,
  timeoutMs: number | null,
  hasEnded: () => boolean,
): Promise<'cancelled' | 'timeout' | 'lost' | null> {
  const startMs = Date.now();
  let deadline = timeoutMs === null ? null : startMs + timeoutMs;
  for (;;) {
    const seen = run.doorbells;
    const woken = (): boolean => hasEnded() || run.cancelRequested || run.doorbells > seen;
    const inTime =
      deadline === null
        ? await condition(woken).then(() => true)
        : await condition(woken, Math.max(1, deadline - Date.now()), { summary: 'build timeout' });
    if (hasEnded()) return null;
    if (run.cancelRequested) return 'cancelled';
    if (!inTime) return 'timeout';
    const answer = await control.requestLease({ buildId: lease.buildId });
    if (hasEnded()) return null;
    if (answer.kind === 'cancelled') return 'cancelled';
    if (answer.kind !== 'granted' || !isHeld(lease, answer)) return 'lost';
    // The build file of a git source says how long the build may take; it is read when the phase runs already.
    if (deadline !== null) deadline = startMs + answer.buildTimeoutMs;
  }
}
