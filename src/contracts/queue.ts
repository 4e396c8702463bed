import { z } from 'zod';
import { MethodName } from './builds.js';
import { KnownMethod } from './known-method.js';
import { at, BUILD_ID, PROJECT } from './examples/names.js';
import { operation } from './operation.js';

const timestamp = z.iso.datetime({ offset: true });
const count = z.int().min(0);
const WHOLE = 'expected a whole number from 1 to 1000';

/** A build that waits for a slot, with why and how long about. */
export const QueuedBuild = z.strictObject({
  position: z
    .int()
    .min(1)
    .describe('of all builds of the tenant that wait, in the order in which they are expected to start'),
  build_id: z.uuid(),
  project: z.string().describe('slug'),
  build_number: z.int().min(1),
  build_method: MethodName,
  branch: z.string().nullable(),
  priority: z.int(),
  queued_at: timestamp,
  reason: z.string().describe('why it waits'),
  limit: z.string().nullable().describe('the limit of the tenant that is reached; null where none keeps it'),
  held_by: z.array(z.string()).describe('builds that run and hold the limit'),
  expected_start_at: timestamp
    .nullable()
    .describe('by how long such builds took lately; null where nothing that runs would let it start'),
  earliest_start_at: timestamp.nullable().describe('if all builds before it are quick'),
  latest_start_at: timestamp.nullable().describe('if all builds before it are slow'),
});
export type QueuedBuild = z.infer<typeof QueuedBuild>;

export const Queue = z.strictObject({
  waiting: count.describe('builds of the tenant that wait for a slot'),
  running: count.describe('builds of the tenant that have one'),
  slots: count.describe('of the build hosts that take builds of the tenant'),
  free_slots: count,
  items: z.array(QueuedBuild),
});
export type Queue = z.infer<typeof Queue>;

const queueQuery = z.strictObject({
  project: z.string().min(1).max(100).optional().describe('slug or id'),
  method: KnownMethod.optional(),
  build: z.uuid().optional().describe('only this one'),
  limit: z.coerce.number<string>(WHOLE).int(WHOLE).min(1, WHOLE).max(1000, WHOLE).default(100),
});
export type QueueQuery = z.infer<typeof queueQuery>;

const EXAMPLE: Queue = {
  ...{ waiting: 1, running: 2, slots: 4, free_slots: 2 },
  items: [
    {
      ...{ position: 1, build_id: BUILD_ID, project: PROJECT, build_number: 3, build_method: 'buildx' },
      ...{ branch: 'main', priority: 0, queued_at: at(0) },
      reason: "the tenant's limit max_concurrent_builds (2) is reached: app#1, app#2 run",
      limit: 'max_concurrent_builds',
      held_by: ['app#1', 'app#2'],
      ...{ expected_start_at: at(90), earliest_start_at: at(60), latest_start_at: at(150) },
    },
  ],
};

export const getQueue = operation({
  id: 'getQueue',
  method: 'get',
  path: '/v1/queue',
  tag: 'queue',
  summary: 'Builds that wait for a slot, with why and how long about',
  description:
    'In the order in which they are expected to start. Builds that wait for an approval are not among them. What is expected is at most two seconds old.',
  auth: 'token',
  query: queueQuery,
  responses: {
    200: { description: 'The queue of the tenant, or the part that was asked for.', schema: Queue },
  },
  errors: ['invalid_request', 'not_found'],
  example: { query: { project: PROJECT }, answer: { status: 200, body: EXAMPLE } },
});

export const followQueue = operation({
  id: 'followQueue',
  method: 'get',
  path: '/v1/queue/events',
  tag: 'queue',
  summary: 'The queue as server-sent events, whenever it changes',
  description:
    'Event `queue` carries a Queue: first as it stands, then after each change, at most once a second. The stream has no end.',
  auth: 'token',
  query: queueQuery,
  responses: { 200: { description: 'Events `queue`.', contentType: 'text/event-stream' } },
  errors: ['invalid_request', 'not_found'],
  example: {
    query: { limit: '20' },
    answer: { status: 200, body: `event: queue\ndata: ${JSON.stringify(EXAMPLE)}\n\n` },
  },
});
