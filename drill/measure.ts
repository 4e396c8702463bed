import type { Evidence } from './evidence.js';
import type { DoneFault } from './nemesis.js';

/** How fast builds go on after a fault, in milliseconds; null where there was nothing to measure. */
export interface Times {
  /** From a kill to the next effect of each build that was open then. */
  readonly resumedP95Ms: number | null;
  /** From the loss of a host to the acknowledgement of the next attempt, on another one. */
  readonly lostWorkerToRunningP95Ms: number | null;
  /** How many builds that is of. */
  readonly lostBuilds: number;
  /** From the start of a stack that was killed as a whole to the first effect of a build that was open then. */
  readonly stackResumedMs: number | null;
}

export function measureTimes(evidence: Evidence, faults: readonly DoneFault[]): Times {
  const kills = faults.filter(({ fault }) => fault.act === 'kill');
  const lost = faults.flatMap((fault) => lostToRunning(evidence, fault));
  const stack = kills.flatMap((done) =>
    done.startedAtMs === null ? [] : stackResumed(evidence, done, done.startedAtMs),
  );
  return {
    resumedP95Ms: p95(kills.flatMap((done) => resumed(evidence, done.atMs))),
    lostWorkerToRunningP95Ms: p95(lost),
    lostBuilds: lost.length,
    stackResumedMs: stack.length === 0 ? null : Math.round(Math.max(...stack)),
  };
}

function openAt({ builds }: Evidence, atMs: number): Set<string> {
  return new Set(
    builds
      .filter(({ createdAtMs, completedAtMs }) => createdAtMs < atMs && (completedAtMs ?? Infinity) > atMs)
      .map(({ id }) => id),
  );
}

function resumed(evidence: Evidence, atMs: number): number[] {
  const open = openAt(evidence, atMs);
  const waits: number[] = [];
  for (const effect of evidence.effects) {
    if (effect.atMs > atMs && open.delete(effect.buildId)) waits.push(effect.atMs - atMs);
  }
  return waits;
}

function stackResumed(evidence: Evidence, { atMs }: DoneFault, startedAtMs: number): number[] {
  const open = openAt(evidence, atMs);
  const first = evidence.effects.find((effect) => effect.atMs > startedAtMs && open.has(effect.buildId));
  return first === undefined ? [] : [first.atMs - startedAtMs];
}

function lostToRunning({ leases }: Evidence, { atMs, upAtMs, lostWorkerIds }: DoneFault): number[] {
  const lost = leases.filter(
    ({ workerId, grantedAtMs, acknowledgedAtMs, endedAtMs, endedReason }) =>
      lostWorkerIds.includes(workerId) &&
      grantedAtMs < upAtMs &&
      // What the host has taken up since, another fault has taken from it.
      (acknowledgedAtMs ?? 0) < atMs &&
      (endedAtMs ?? Infinity) > atMs &&
      (endedReason === 'worker_lost' || endedReason === 'grant_unacknowledged'),
  );
  return lost.flatMap((lease) => {
    const next = leases.find(
      (other) =>
        other.buildId === lease.buildId &&
        other.attempt > lease.attempt &&
        other.acknowledgedAtMs !== null &&
        !lostWorkerIds.includes(other.workerId),
    );
    return next === undefined ? [] : [next.acknowledgedAtMs! - Math.max(atMs, lease.grantedAtMs)];
  });
}

/** The 95th of a hundred. */
export function p95(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.ceil(sorted.length * 0.95) - 1]!);
}
