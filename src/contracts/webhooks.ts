import { z } from 'zod';
import { WEBHOOK_EVENT_TYPES } from '../domain/webhooks/decide.js';
import { DELIVERY_STATUSES } from '../domain/webhooks/delivery-status.js';
import { WEBHOOK_PROVIDERS } from '../domain/webhooks/provider.js';
import { GitSource } from './builds.js';
import { KnownMethod } from './known-method.js';
import { at, BUILD_ID, COMMIT, DELIVERY_ID, PROJECT, WEBHOOK_ID } from './examples/names.js';
import { Patterns } from './patterns.js';
import { BuildPreset } from './preset.js';
import { ResourceName } from './resource-name.js';

const time = z.iso.datetime({ offset: true });

export const WebhookSecret = z
  .string()
  .regex(/^[\x21-\x7e]{16,200}$/, 'expected 16 to 200 visible ASCII characters')
  .describe('what signs its requests; a random one when absent');

const Provider = z.enum(WEBHOOK_PROVIDERS, `expected one of ${WEBHOOK_PROVIDERS.join(', ')}`);
const settings = {
  name: ResourceName,
  repository_url: GitSource.shape.url,
  event_types: z
    .array(z.enum(WEBHOOK_EVENT_TYPES, `expected one of ${WEBHOOK_EVENT_TYPES.join(', ')}`))
    .min(1)
    .max(10)
    .describe('a pushed tag is a tag, not a push'),
  branch_patterns: Patterns.describe(
    'branches whose pushes count, and to which pull requests have to go; empty for all of them',
  ),
  tag_patterns: Patterns.describe('tags and tags of releases that count; empty for all of them'),
  path_patterns: Patterns.describe(
    'a push to a branch counts when it changes one of these files; empty for all of them',
  ),
  auto_build_enabled: z.boolean().describe('false: deliveries are kept, and start nothing'),
  build_method: KnownMethod.nullable().describe(
    'comes before that of the preset; null leaves it to preset, build file and project',
  ),
  build_config_preset: BuildPreset,
  coalesce_seconds: z
    .int()
    .min(0)
    .max(3600)
    .describe('a delivery waits this long for a newer one of the same ref, which is built in its place'),
  is_active: z.boolean().describe('false: its address answers as if it were not there'),
};

export const NewWebhook = z.strictObject({
  ...settings,
  project: z.string().min(1).max(100).describe('slug or id'),
  provider: Provider,
  secret: WebhookSecret.optional(),
  event_types: settings.event_types.default(['push', 'tag']),
  branch_patterns: settings.branch_patterns.default([]),
  tag_patterns: settings.tag_patterns.default([]),
  path_patterns: settings.path_patterns.default([]),
  auto_build_enabled: settings.auto_build_enabled.default(true),
  build_method: settings.build_method.default(null),
  build_config_preset: BuildPreset.prefault({}),
  coalesce_seconds: settings.coalesce_seconds.default(0),
  is_active: settings.is_active.default(true),
});

/** What is absent stays. */
export const WebhookChange = z
  .strictObject(settings)
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'expected at least one field to change');

export const Webhook = z.strictObject({
  ...settings,
  build_config_preset: z.record(z.string(), z.unknown()).describe('the template of its builds'),
  id: z.uuid(),
  project: z.string().describe('slug'),
  provider: Provider,
  url_path: z.string().describe('path of the address that the git host calls'),
  is_verified: z.boolean().describe('whether a request came that its secret has signed'),
  last_delivery_at: time.nullable(),
  last_delivery_status: z.enum(DELIVERY_STATUSES).nullable(),
  reconciled_at: time.nullable().describe('when its branches and tags were last compared with what was told'),
  next_reconcile_at: time.describe('when they are compared next'),
  reconcile_trouble: z.string().nullable().describe('why that came to nothing'),
  reconcile_trouble_at: time.nullable(),
  refused_count: z.int().min(0).describe('requests that its secret has not signed; they are not kept'),
  last_refused_at: time.nullable(),
  last_refused_reason: z.string().nullable(),
  created_at: time,
  updated_at: time,
});
export type Webhook = z.infer<typeof Webhook>;

/** A webhook with its secret, which is shown once. */
export const WebhookWithSecret = z.strictObject({ webhook: Webhook, secret: z.string() });
export type WebhookWithSecret = z.infer<typeof WebhookWithSecret>;

export const Delivery = z.strictObject({
  id: z.uuid(),
  webhook: z.string(),
  delivery_id: z.string().describe('what the git host calls it'),
  event_type: z.string().describe("the git host's word"),
  status: z.enum(DELIVERY_STATUSES),
  reason: z.string().nullable().describe('why there is no build, or not yet'),
  ref: z.string().nullable().describe('what it asks to be built; null where it starts nothing'),
  commit: z.string().nullable(),
  message: z.string().nullable(),
  author: z.string().nullable(),
  without_secrets: z.boolean().describe('code from another repository: its build gets no secrets'),
  response_status: z.int().nullable().describe('null for a missed push, which nobody has sent'),
  attempt_number: z.int().min(0).describe('tries to make a build of it'),
  next_retry_at: time.nullable(),
  error_message: z.string().nullable().describe('why the last try made none'),
  replay_count: z.int().min(0),
  build_id: z.uuid().nullable(),
  build_number: z.int().nullable(),
  coalesced_into: z.uuid().nullable(),
  approved_at: time.nullable(),
  rejected_at: time.nullable(),
  decided_by: z.string().nullable().describe('user who has approved or rejected it'),
  created_at: time,
});
export type Delivery = z.infer<typeof Delivery>;

/** What a git host is answered. */
export const DeliveryReceipt = z.strictObject({
  delivery: z.uuid(),
  status: z.enum(DELIVERY_STATUSES),
  reason: z.string().nullable(),
  build_id: z.uuid().nullable(),
  is_duplicate: z.boolean().describe('whether it came before'),
});
export type DeliveryReceipt = z.infer<typeof DeliveryReceipt>;

export const EXAMPLE_REPOSITORY = 'https://git.example.com/team/app.git';

export const EXAMPLE_WEBHOOK: Webhook = {
  id: WEBHOOK_ID,
  name: 'app-main',
  project: PROJECT,
  provider: 'github',
  url_path: `/v1/webhooks/${WEBHOOK_ID}`,
  repository_url: EXAMPLE_REPOSITORY,
  event_types: ['push', 'tag'],
  branch_patterns: ['main', 'release/*'],
  tag_patterns: ['v*'],
  path_patterns: [],
  auto_build_enabled: true,
  build_method: null,
  build_config_preset: { destinations: ['registry.example.com/team/app:${branch}'] },
  coalesce_seconds: 0,
  is_active: true,
  is_verified: false,
  last_delivery_at: null,
  last_delivery_status: null,
  reconciled_at: at(-120),
  next_reconcile_at: at(480),
  reconcile_trouble: null,
  reconcile_trouble_at: null,
  refused_count: 0,
  last_refused_at: null,
  last_refused_reason: null,
  created_at: at(-600),
  updated_at: at(-600),
};

export const EXAMPLE_DELIVERY: Delivery = {
  id: DELIVERY_ID,
  webhook: EXAMPLE_WEBHOOK.name,
  delivery_id: '7f0e2a3c-1d4b-11f1-8e6a-0242ac120002',
  event_type: 'push',
  status: 'started',
  reason: null,
  ref: 'refs/heads/main',
  commit: COMMIT,
  message: 'Add a page',
  author: 'Somebody',
  without_secrets: false,
  response_status: 202,
  attempt_number: 1,
  next_retry_at: null,
  error_message: null,
  replay_count: 0,
  build_id: BUILD_ID,
  build_number: 12,
  coalesced_into: null,
  approved_at: null,
  rejected_at: null,
  decided_by: null,
  created_at: at(0),
};
