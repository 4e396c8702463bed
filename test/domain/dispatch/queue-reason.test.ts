import { queueReason } from '../../../src/domain/dispatch/queue-reason.js';

const host = (name: string, refusal: string | null) => ({ name, refusal });
const queued = (over: Partial<Parameters<typeof queueReason>[0]>) =>
  queueReason({ method: 'buildx', needs: '', blocking: null, waitMs: 0, hosts: [host('a', null)], ...over });

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
  [{ needs: ' with gpu=true' }, 'waiting for a free slot of a host with gpu=true'],
  [{ hosts: [] }, 'no build host for buildx is online'],
  [{ hosts: [], needs: ' with gpu=true' }, 'no build host for buildx with gpu=true is online'],
  [{ hosts: [host('a', 'is cordoned'), host('b', null)] }, 'waiting for a free slot'],
  [
    { hosts: [host('a', 'has 1.2 GB free and keeps 2.0 GB in reserve'), host('b', 'is cordoned')] },
    'no build host takes new builds: a has 1.2 GB free and keeps 2.0 GB in reserve; b is cordoned',
  ],
])('%j: %s', (over, text) => expect(queued(over)).toBe(text));
