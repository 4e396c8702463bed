import { formatBytes } from '../format-bytes.js';
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

/** Why a queued build has no lease now, for people. `hosts` are those that could take it if they were free. */
export function queueReason(queued: {
  readonly method: string;
  readonly blocking: BlockingLimit | null;
  /** Of the back-off after a fault of the infrastructure; 0 for none. */
  readonly waitMs: number;
  readonly hosts: readonly HostState[];
}): string {
  const { method, blocking, waitMs, hosts } = queued;
  if (waitMs > 0)
    return `it is tried again in ${Math.ceil(waitMs / 1000)} s, after a fault of the infrastructure`;
  if (blocking !== null) return `the tenant's limit ${blocking} is reached`;
  if (hosts.length === 0) return `no build host for ${method} is online`;
  const roomy = hosts.filter(hasRoom);
  if (roomy.length === 0) return `no build host has room on its disk: ${hosts.map(shortOf).join('; ')}`;
  return 'waiting for a free slot';
}

function shortOf({ name, disk }: HostState): string {
  const { freeBytes = 0, reserveBytes = 0 } = disk ?? {};
  return `${name} has ${formatBytes(freeBytes)} free and keeps ${formatBytes(reserveBytes)} in reserve`;
}
