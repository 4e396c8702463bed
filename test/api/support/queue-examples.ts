import type { Example } from './example.js';

/** How the operations of the queue and of weights are called well, for a project that does not exist, and badly. */
export const QUEUE_EXAMPLES: Record<string, Example> = {
  getQueue: {
    path: '/v1/queue?project=hello',
    ok: 200,
    missing: '/v1/queue?project=nothing',
    bad: { path: '/v1/queue?limit=0' },
  },
  listWeights: { path: '/v1/limits/weights', ok: 200 },
  setWeight: {
    method: 'PUT',
    path: '/v1/limits/weights/default',
    ok: 200,
    body: { weight: 2 },
    bad: { body: { weight: 0 } },
  },
  followQueue: {
    path: '/v1/queue/events?project=hello',
    ok: 200,
    missing: '/v1/queue/events?project=nothing',
    bad: { path: '/v1/queue/events?build=3' },
  },
};
