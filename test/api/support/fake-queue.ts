import type { QueueStore } from '../../../src/ports/queue.js';
import type { FakeData } from './fake-stores.js';

/** The queue that the data holds; its reads are counted. */
export function fakeQueue(data: FakeData): QueueStore {
  return {
    read: () => {
      data.queueReads++;
      return Promise.resolve(data.queue);
    },
  };
}
