import { holdersText, type HoldingBuild } from './limit-reached.js';
import type { BlockingLimit } from './limits.js';

/** A build host that is online and offers the method of a build and what the build needs. */
export interface HostState {
  readonly name: string;
  /** Why it takes no new build, as `judgeWorker` says it; null when it does. */
  readonly refusal: string | null;
}

/** A limit that keeps a build from running, and those that run. */
export interface ReachedLimit {
  readonly limit: BlockingLimit;
  readonly most: number;
  readonly holders: readonly HoldingBuild[];
}

/** Why a queued build has no lease now, for people. `hosts` are those that could take it if they were free. */
export function queueReason(queued: {
  readonly method: string;
  /** What else it needs of a host, as ` with gpu=true`; empty for nothing. */
  readonly needs: string;
  /** The limit that is reached, what it allows, and the builds that run. */
  readonly blocking: ReachedLimit | null;
  /** Of the back-off after a fault of the infrastructure; 0 for none. */
  readonly waitMs: number;
  readonly hosts: readonly HostState[];
}): string {
  const { method, needs, blocking, waitMs, hosts } = queued;
  if (waitMs > 0)
    return `it is tried again in ${Math.ceil(waitMs / 1000)} s, after a fault of the infrastructure`;
  if (blocking !== null) return reachedText(blocking);
  if (hosts.length === 0) return `no build host for ${method}${needs} is online`;
  if (hosts.every(({ refusal }) => refusal !== null))
    return `no build host takes new builds: ${hosts.map(({ name, refusal }) => `${name} ${refusal}`).join('; ')}`;
  return `waiting for a free slot${needs === '' ? '' : ` of a host${needs}`}`;
}

/** `the tenant's limit max_concurrent_builds (2) is reached: app#3, app#4 run`. */
export function reachedText({ limit, most, holders }: ReachedLimit): string {
  const held =
    holders.length === 0
      ? 'no build may run'
      : `${holdersText(holders)} run${holders.length === 1 ? 's' : ''}`;
  return `the tenant's limit ${limit} (${most}) is reached: ${held}`;
}
