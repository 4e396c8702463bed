import type { BlockingLimit } from './limits.js';

/** A build host that is online and offers the method of a build and what the build needs. */
export interface HostState {
  readonly name: string;
  /** Why it takes no new build, as `judgeWorker` says it; null when it does. */
  readonly refusal: string | null;
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
  if (hosts.every(({ refusal }) => refusal !== null))
    return `no build host takes new builds: ${hosts.map(({ name, refusal }) => `${name} ${refusal}`).join('; ')}`;
  return 'waiting for a free slot';
}
