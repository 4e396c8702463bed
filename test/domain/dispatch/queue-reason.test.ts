import { queueReason } from '../../../src/domain/dispatch/queue-reason.js';

const host = (name: string, freeBytes: number) => ({ name, disk: { freeBytes, reserveBytes: 2e9 } });
const queued = (over: Partial<Parameters<typeof queueReason>[0]>) =>
  queueReason({ method: 'buildx', blocking: null, waitMs: 0, hosts: [host('a', 5e9)], ...over });

test.each<[Partial<Parameters<typeof queueReason>[0]>, string]>([
  [{}, 'waiting for a free slot'],
  [{ waitMs: 4_100 }, 'it is tried again in 5 s, after a fault of the infrastructure'],
  [
    { blocking: { limit: 'max_concurrent_builds', most: 1, holders: [{ name: 'app#3', runs: true }] } },
    "the tenant's limit max_concurrent_builds (1) is reached: app#3 runs",
  ],
  [
    { blocking: { limit: 'max_concurrent_builds', most: 0, holders: [] } },
    "the tenant's limit max_concurrent_builds (0) is reached: no build may run",
  ],
  [{ hosts: [] }, 'no build host for buildx is online'],
  [{ hosts: [host('a', 1e9), { name: 'b', disk: null }] }, 'waiting for a free slot'],
  [
    { hosts: [host('a', 1.24e9), host('b', 0)] },
    'no build host has room on its disk: a has 1.2 GB free and keeps 2.0 GB in reserve; b has 0 B free and keeps 2.0 GB in reserve',
  ],
])('%j: %s', (over, text) => expect(queued(over)).toBe(text));
