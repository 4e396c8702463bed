import { z } from 'zod';
import { BUILD_STATUSES } from '../domain/builds/status.js';
import { NOTIFICATION_STATES } from '../domain/notifications/delivery-state.js';
import { TARGET_KINDS } from '../domain/notifications/target-kind.js';
import { METHOD_NAMES } from '../engines/methods.js';
import {
  at,
  BUILD_ID,
  COMMIT,
  MANIFEST_DIGEST,
  NOTIFICATION_ID,
  PROJECT,
  REPOSITORY,
  TARGET_ID,
} from './examples/names.js';
import { ResourceName } from './resource-name.js';

const time = z.iso.datetime({ offset: true });

/** Holds no user, password or fragment, for it is shown and written into logs. */
const TargetUrl = z
  .string()
  .max(2000)
  .regex(
    /^https?:\/\/[^\s/?#@\\]+(?:[/?][^\s#\\]*)?$/i,
    'expected http:// or https:// with a host, without user, password and "#"',
  )
  .refine((text) => URL.canParse(text), 'expected an address that can be read')
  .describe('where webhooks go; of a git host the base of its API, such as https://git.example.com/api/v4');

const TargetToken = z
  .string()
  .regex(/^[\x21-\x7e]{8,500}$/, 'expected 8 to 500 visible ASCII characters')
  .describe('of a git host, with the right to set statuses of commits');

const events = z
  .array(z.enum(BUILD_STATUSES, `expected one of ${BUILD_STATUSES.join(', ')}`))
  .min(1)
  .max(10)
  .describe('statuses of builds that it is told of');
const settings = {
  name: ResourceName,
  events,
  is_active: z.boolean().describe('false: it is told nothing, and what waits for it is given up'),
};
const kind = z
  .enum(TARGET_KINDS, `expected one of ${TARGET_KINDS.join(', ')}`)
  .describe('webhook: a signed request; the others: a git host that shows the status at the commit');

export const NewNotificationTarget = z.strictObject({
  ...settings,
  kind,
  project: z.string().min(1).max(100).optional().describe('slug or id; builds of all projects when absent'),
  url: TargetUrl.optional(),
  token: TargetToken.optional(),
  events: events.default([...BUILD_STATUSES]),
  is_active: settings.is_active.default(true),
});

/** What is absent stays. */
export const NotificationTargetChange = z
  .strictObject({ ...settings, url: TargetUrl, token: TargetToken })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'expected at least one field to change');

export const NotificationTarget = z.strictObject({
  ...settings,
  id: z.uuid(),
  kind,
  project: z.string().nullable().describe('slug; null for all projects'),
  url: z.string(),
  git_host: z.string().nullable().describe('whose sources it shows statuses of'),
  disabled_at: time.nullable(),
  disabled_reason: z.string().nullable().describe('why Kiln has switched it off'),
  pending_count: z.int().min(0),
  dead_count: z.int().min(0),
  created_at: time,
  updated_at: time,
});
export type NotificationTarget = z.infer<typeof NotificationTarget>;

/** A target with the secret that signs its webhooks, which is shown once; null for a git host. */
export const NotificationTargetWithSecret = z.strictObject({
  target: NotificationTarget,
  secret: z.string().nullable(),
});

export const Notification = z.strictObject({
  id: z.uuid().describe('the webhook-id: the same however often it is sent'),
  target: z.string(),
  event_type: z.string(),
  build_id: z.uuid().nullable().describe('null for a test'),
  build_number: z.int().nullable(),
  state: z.enum(NOTIFICATION_STATES),
  attempts: z.int().min(0).describe('tries since it was written or replayed'),
  replay_count: z.int().min(0),
  next_attempt_at: time.nullable(),
  response_status: z.int().nullable(),
  error_message: z.string().nullable().describe('why the last try failed, or why it was given up'),
  created_at: time,
  settled_at: time.nullable(),
});
export type Notification = z.infer<typeof Notification>;

/** The body of a webhook. Receivers tell repetitions by the header `webhook-id`, and order by `timestamp`. */
export const NotificationPayload = z.strictObject({
  type: z.enum(BUILD_STATUSES.map((status) => `build.${status}` as const)),
  timestamp: time.describe('when the status changed'),
  data: z.strictObject({
    build_id: z.uuid(),
    number: z.int(),
    project: z.string(),
    method: z.enum(METHOD_NAMES),
    status: z.enum(BUILD_STATUSES),
    previous_status: z.enum(BUILD_STATUSES).nullable(),
    reason: z.string().nullable(),
    attempt: z.int().min(0),
    trigger: z.string().nullable(),
    repository_url: z.string().nullable(),
    commit: z.string().nullable(),
    branch: z.string().nullable(),
    author: z.string().nullable(),
    message: z.string().nullable(),
    image: z
      .strictObject({
        repository: z.string(),
        digest: z.string().nullable(),
        destinations: z.array(z.string()),
      })
      .nullable()
      .describe('of a success'),
    failure: z
      .strictObject({
        code: z.string().nullable(),
        stage: z.string().nullable(),
        message: z.string().nullable(),
      })
      .nullable(),
    duration_milliseconds: z.int().min(0).nullable(),
  }),
});
export type NotificationPayload = z.infer<typeof NotificationPayload>;

export const EXAMPLE_PAYLOAD: NotificationPayload = {
  type: 'build.success',
  timestamp: at(42),
  data: {
    build_id: BUILD_ID,
    number: 12,
    project: PROJECT,
    method: 'buildx',
    status: 'success',
    previous_status: 'in_progress',
    reason: 'published',
    attempt: 1,
    trigger: 'webhook',
    repository_url: 'https://git.example.com/team/app.git',
    commit: COMMIT,
    branch: 'main',
    author: 'Somebody',
    message: 'Add a page',
    image: { repository: REPOSITORY, digest: MANIFEST_DIGEST, destinations: [`${REPOSITORY}:main`] },
    failure: null,
    duration_milliseconds: 41_800,
  },
};

export const EXAMPLE_TARGET: NotificationTarget = {
  id: TARGET_ID,
  name: 'chat',
  kind: 'webhook',
  project: PROJECT,
  url: 'https://hooks.example.com/kiln',
  git_host: null,
  events: ['success', 'failed'],
  is_active: true,
  disabled_at: null,
  disabled_reason: null,
  pending_count: 0,
  dead_count: 0,
  created_at: at(-600),
  updated_at: at(-600),
};

export const EXAMPLE_NOTIFICATION: Notification = {
  id: NOTIFICATION_ID,
  target: EXAMPLE_TARGET.name,
  event_type: 'build.success',
  build_id: BUILD_ID,
  build_number: 12,
  state: 'delivered',
  attempts: 1,
  replay_count: 0,
  next_attempt_at: null,
  response_status: 204,
  error_message: null,
  created_at: at(42),
  settled_at: at(43),
};
