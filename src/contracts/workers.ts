import { z } from 'zod';
import { SCHEDULINGS, WORKER_STATES, WORKER_STATUSES, WORKER_TYPES } from '../domain/dispatch/worker.js';
import { at, BUILD_ID, PROJECT, WORKER_ID } from './examples/names.js';

const time = z.iso.datetime({ offset: true });

export const WorkerName = z
  .string()
  .max(100)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/, 'expected letters, digits, ".", "_" and "-", at most 100');

/** A build host as it is now. */
export const Worker = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  is_shared: z.boolean().describe('builds for all tenants; else for that of the token alone'),
  type: z.enum(WORKER_TYPES).describe('where its builds run'),
  status: z.enum(WORKER_STATUSES),
  reasons: z.array(z.string()).describe('why it is neither healthy nor busy'),
  scheduling: z.enum(SCHEDULINGS).describe('what people want of it'),
  refusal: z
    .string()
    .nullable()
    .describe('why it takes no new build, whatever its slots; null when it takes some'),
  slots: z.int(),
  running: z.int().describe('builds that run on it, those of other tenants too'),
  methods: z.array(z.string()),
  platforms: z.array(z.string()).describe('whose programs it runs itself'),
  emulated_platforms: z.array(z.string()),
  zone: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  tool_versions: z.record(z.string(), z.string()),
  disk: z
    .strictObject({
      free_bytes: z.int(),
      reserve_bytes: z.int(),
      free_inodes: z.int().nullable(),
    })
    .nullable(),
  last_heartbeat: time.nullable(),
  quarantined_until: time.nullable(),
  uptime_percent: z
    .number()
    .nullable()
    .describe(
      'how much of the last 30 days it was healthy or busy, rounded down; null before its first heartbeat',
    ),
  created_at: time,
});
export type Worker = z.infer<typeof Worker>;

/** A build host with what it does and how it was. */
export const WorkerPage = Worker.extend({
  builds: z
    .array(z.strictObject({ id: z.uuid(), project: z.string(), build_number: z.int(), attempt: z.int() }))
    .describe('what runs on it, of the tenant of the token'),
  intervals: z
    .array(
      z.strictObject({
        state: z.enum(WORKER_STATES),
        reasons: z.array(z.string()),
        began_at: time,
        ended_at: time.nullable(),
      }),
    )
    .describe('how it was lately, newest first'),
});
export type WorkerPage = z.infer<typeof WorkerPage>;

export const NewWorker = z.strictObject({
  name: WorkerName,
  is_shared: z
    .boolean()
    .default(false)
    .describe('for the builds of all tenants: the operator alone may add one (KILN_OPERATOR_TENANTS)'),
});

export const AddedWorker = z.strictObject({
  worker: Worker,
  token: z.string().describe('of the host, as KILN_WORKER_TOKEN; it is not shown again'),
});

export const WorkerChange = z.strictObject({
  scheduling: z
    .enum(SCHEDULINGS)
    .describe(
      'open: takes builds, and a quarantine ends. cordoned: takes no new ones. draining: the same, until those that run have ended.',
    ),
});
export type WorkerChange = z.infer<typeof WorkerChange>;

export const EXAMPLE_WORKER: Worker = {
  id: WORKER_ID,
  name: 'builder-2',
  is_shared: true,
  type: 'local',
  status: 'healthy',
  reasons: [],
  scheduling: 'open',
  refusal: null,
  slots: 4,
  running: 1,
  methods: ['buildx', 'container'],
  platforms: ['linux/amd64'],
  emulated_platforms: [],
  zone: 'eu-1',
  labels: { networks: 'none,egress' },
  tool_versions: { buildctl: '0.29.0', runc: '1.3.6' },
  disk: { free_bytes: 81_000_000_000, reserve_bytes: 2_000_000_000, free_inodes: 9_000_000 },
  last_heartbeat: at(0),
  quarantined_until: null,
  uptime_percent: 99.98,
  created_at: at(-86_400),
};

export const EXAMPLE_WORKER_PAGE: WorkerPage = {
  ...EXAMPLE_WORKER,
  builds: [{ id: BUILD_ID, project: PROJECT, build_number: 3, attempt: 1 }],
  intervals: [{ state: 'up', reasons: [], began_at: at(-86_000), ended_at: null }],
};
