import { z } from 'zod';
import { WORKER_TYPES } from '../domain/dispatch/worker.js';
import { METHOD_NAMES } from '../engines/methods.js';
import { hostId } from './host-id.js';
import { operation } from './operation.js';

const texts = z.array(z.string().max(200)).max(100);

/** What a build host says of itself again and again. `leases` of the answer counts those that it has been granted. */
export const heartbeatWorker = operation({
  id: 'heartbeatWorker',
  method: 'post',
  path: '/internal/v1/worker/heartbeat',
  tag: 'supervisor',
  summary: 'The host is alive and offers its slots',
  auth: 'worker',
  body: z.strictObject({
    slots: z.int().min(1),
    methods: z.array(z.enum(METHOD_NAMES)),
    zone: z.string().nullable(),
    labels: z.record(z.string(), z.string()),
    /** Of the folder of workspaces; null where it cannot be told. */
    disk: z
      .strictObject({
        free_bytes: z.int().min(0),
        reserve_bytes: z.int().min(0),
        free_inodes: z.int().min(0).nullable().optional(),
      })
      .nullable(),
    host_id: hostId,
    worker_type: z.enum(WORKER_TYPES),
    platforms: texts,
    emulated_platforms: texts,
    tool_versions: z.record(z.string().max(100), z.string().max(100)),
    accepted_holes: texts,
    builder_trouble: z.string().max(2000).nullable(),
    is_draining: z.boolean(),
    /** Its worker process does not run or does not reach Temporal. */
    is_worker_away: z.boolean().optional(),
  }),
  responses: {
    200: {
      description: 'Known.',
      schema: z.strictObject({ worker_id: z.uuid(), heartbeat_ms: z.int(), leases: z.int() }),
    },
  },
  errors: ['unauthenticated', 'invalid_request', 'not_found', 'worker_taken'],
});
