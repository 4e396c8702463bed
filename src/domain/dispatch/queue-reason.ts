import { formatBytes } from '../format-bytes.js';
import { holdersText, type HoldingBuild } from './limit-reached.js';
import type { BlockingLimit } from './limits.js';

/** A build host that is online and offers the method of a build. */
export interface HostState {
  readonly name: string;
  /** Null: it does not say. */
  readonly disk: { readonly freeBytes: number; readonly reserveBytes: number } | null;
}

/** Whether a host takes new builds as far as its disk goes. */
export function hasRoom({ disk }: Pick<HostState, 'disk'>): boolean {
  return disk === null || disk.freeBytes >= disk.reserveBytes;
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
  /** The limit that is reached, what it allows, and the builds that run. */
  readonly blocking: ReachedLimit | null;
  /** Of the back-off after a fault of the infrastructure; 0 for none. */
  readonly waitMs: number;
  readonly hosts: readonly HostState[];
}): string {
  const { method, blocking, waitMs, hosts } = queued;
  if (waitMs > 0)
    return `it is tried again in ${Math.ceil(waitMs / 1000)} s, after a fault of the infrastructure`;
  if (blocking !== null) return reachedText(blocking);
  if (hosts.length === 0) return `no build host for ${method} is online`;
  const roomy = hosts.filter(hasRoom);
  if (roomy.length === 0) return `no build host has room on its disk: ${hosts.map(shortOf).join('; ')}`;
  return 'waiting for a free slot';
}

/** `the tenant's limit max_concurrent_builds (2) is reached: app#3, app#4 run`. */
export function reachedText({ limit, most, holders }: ReachedLimit): string {
  const held =
    holders.length === 0
      ? 'no build may run'
      : `${holdersText(holders)} run${holders.length === 1 ? 's' : ''}`;
  return `the tenant's limit ${limit} (${most}) is reached: ${held}`;
}

function shortOf({ name, disk }: HostState): string {
  const { freeBytes = 0, reserveBytes = 0 } = disk ?? {};
  return `${name} has ${formatBytes(freeBytes)} free and keeps ${formatBytes(reserveBytes)} in reserve`;
}
