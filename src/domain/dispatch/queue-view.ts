import {
  type BuildKind,
  type Band,
  expectedDuration,
  type PastRun,
  remainingOf,
} from './expected-duration.js';
import {
  allowedBy,
  blockingLimit,
  type BlockingLimit,
  type ConcurrencyPolicy,
  holdsLimit,
} from './limits.js';
import { type BuildNeeds, hasNeeds, needsInWords } from './needs.js';
import { inLine } from './order.js';
import { type HostState, queueReason, type ReachedLimit } from './queue-reason.js';
import { type QueueModel, simulateQueue } from './simulate-queue.js';

/** A build that waits for a slot. Times are milliseconds since 1970. */
export interface QueuedBuild extends BuildKind {
  readonly buildId: string;
  readonly needs: BuildNeeds;
  readonly dispatchAtMs: number;
  readonly createdAtMs: number;
  /** Of a back-off; null for none. */
  readonly notBeforeMs: number | null;
}

/** A build that has a slot. */
export interface LeasedBuild extends BuildKind {
  readonly name: string;
  readonly workerId: string;
  readonly grantedAtMs: number;
}

/** A build host that the tenant may use. */
export interface QueueHost extends HostState {
  readonly workerId: string;
  readonly methods: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly slots: number;
  /** Taken by any tenant. */
  readonly taken: number;
  readonly isShared: boolean;
}

/** All that decides how long the builds of one tenant wait. */
export interface QueueFacts {
  readonly nowMs: number;
  readonly tenantId: string;
  readonly policy: ConcurrencyPolicy;
  readonly queued: readonly QueuedBuild[];
  readonly running: readonly LeasedBuild[];
  readonly hosts: readonly QueueHost[];
  readonly past: readonly PastRun[];
  /** Of other tenants together. */
  readonly others: { readonly weight: number; readonly queued: number };
}

/** Where a build stands. */
export interface QueuePlace {
  readonly buildId: string;
  /** From 1, in the order in which the builds of the tenant are expected to start. */
  readonly position: number;
  readonly reason: string;
  /** The limit that is reached, and the builds that run. */
  readonly blocking: ReachedLimit | null;
  /** When it is expected to start; null when nothing that is known lets it. */
  readonly start: {
    readonly expectedMs: number;
    readonly earliestMs: number;
    readonly latestMs: number;
  } | null;
}

/** Every build of a tenant that waits, in the order in which they are expected to start; those that are not expected to, last. */
export function viewQueue(facts: QueueFacts): QueuePlace[] {
  const bands = bandsOf(facts.past);
  const startsAt = (part: keyof Band): Map<string, number> => simulateQueue(modelOf(facts, bands, part));
  const [soon, expected, late] = [startsAt('lowMs'), startsAt('medianMs'), startsAt('highMs')];
  const startOf = (buildId: string): QueuePlace['start'] => {
    const at = expected.get(buildId);
    if (at === undefined) return null;
    // A quick queue can be in another order than a slow one: the band holds what is expected all the same.
    const [earliestMs, latestMs] = [
      Math.min(at, soon.get(buildId) ?? at),
      Math.max(at, late.get(buildId) ?? at),
    ];
    return { expectedMs: at, earliestMs, latestMs };
  };
  const reasons = reasonsOf(facts);
  return facts.queued
    .map((build) => ({ build, start: startOf(build.buildId) }))
    .sort(
      (a, b) =>
        (a.start?.expectedMs ?? Infinity) - (b.start?.expectedMs ?? Infinity) || inLine(a.build, b.build),
    )
    .map(({ build, start }, index) => ({
      buildId: build.buildId,
      position: index + 1,
      ...reasons(build),
      start,
    }));
}

/** How long builds take, looked up once for each kind. */
function bandsOf(past: readonly PastRun[]): (build: BuildKind) => Band {
  const known = new Map<string, Band>();
  return (build) => {
    const name = `${build.projectId} ${build.method} ${build.usesCache}`;
    const band = known.get(name) ?? expectedDuration(build, past);
    known.set(name, band);
    return band;
  };
}

function modelOf(facts: QueueFacts, bands: (build: BuildKind) => Band, part: keyof Band): QueueModel {
  const { nowMs, tenantId, policy, others } = facts;
  const open = facts.hosts.filter(({ refusal }) => refusal === null);
  const anyMs = bands({ projectId: '', method: '', usesCache: true })[part];
  return {
    ...{ nowMs, tenantId, policy },
    waiting: facts.queued.map((build) => ({
      ...build,
      readyAtMs: build.notBeforeMs ?? 0,
      durationMs: bands(build)[part],
    })),
    running: facts.running.map((build) => ({
      ...build,
      endsAtMs: nowMs + remainingOf(bands(build)[part], nowMs - build.grantedAtMs),
    })),
    hosts: open,
    others: {
      ...others,
      durationMs: anyMs,
      running: open.flatMap(({ workerId, taken }) => {
        const own = facts.running.filter((build) => build.workerId === workerId).length;
        const count = Math.max(0, taken - own);
        // Nothing is known of when they began: they end one after the other.
        return Array.from({ length: count }, (_, index) => ({
          workerId,
          endsAtMs: nowMs + (anyMs * (index + 1)) / (count + 1),
        }));
      }),
    },
  };
}

/** Why builds wait, worked out once for those that are alike. */
function reasonsOf(facts: QueueFacts): (build: QueuedBuild) => Pick<QueuePlace, 'reason' | 'blocking'> {
  const { nowMs, tenantId, policy, running } = facts;
  const counts = running.map((build) => ({ ...build, tenantId, count: 1 }));
  const known = new Map<string, { blocking: ReachedLimit | null; hosts: readonly HostState[] }>();
  const lookAt = (build: QueuedBuild) => {
    const limit = blockingLimit({ tenantId, ...build }, policy, counts);
    const hosts = facts.hosts.filter(
      (host) => host.methods.includes(build.method) && hasNeeds(build.needs, host.labels),
    );
    return { blocking: limit === null ? null : reached(limit, build), hosts };
  };
  const reached = (limit: BlockingLimit, build: QueuedBuild): ReachedLimit => {
    const holders = running
      .filter((one) => holdsLimit(limit, build, one))
      .map(({ name }) => ({ name, runs: true }));
    return { limit, most: allowedBy(limit, policy), holders };
  };
  return (build) => {
    const name = JSON.stringify([build.projectId, build.method, build.needs]);
    const { blocking, hosts } = known.get(name) ?? lookAt(build);
    known.set(name, { blocking, hosts });
    const waitMs = (build.notBeforeMs ?? 0) - nowMs;
    const { method } = build;
    const needs = needsInWords(build.needs);
    return { reason: queueReason({ method, needs, blocking, waitMs, hosts }), blocking };
  };
}
