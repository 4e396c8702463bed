import type { QueuedBuild } from '../contracts/queue.js';
import type { TenantContext } from './stores.js';

/** The whole queue of a tenant, in the order in which its builds are expected to start. */
export interface TenantQueue {
  readonly running: number;
  readonly slots: number;
  readonly freeSlots: number;
  readonly items: readonly QueuedBuild[];
}

export interface QueueStore {
  read(tenant: TenantContext): Promise<TenantQueue>;
}
