import type { QueueStore, TenantQueue } from '../../../src/ports/queue.js';

/** A queue, and how often it was read. */
export class QueueData {
  now: TenantQueue = { running: 0, slots: 1, freeSlots: 1, items: [] };
  reads = 0;
}

export function fakeQueue(data: QueueData): QueueStore {
  return {
    read: () => {
      data.reads++;
      return Promise.resolve(data.now);
    },
  };
}
