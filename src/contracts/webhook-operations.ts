import { z } from 'zod';
import { parseGitRef } from '../domain/builds/git-ref.js';
import { at } from './examples/names.js';
import { operation } from './operation.js';
import { listOf } from './parameters.js';
import { EXAMPLE_WEBHOOK, NewWebhook, Webhook, WebhookChange, WebhookWithSecret } from './webhooks.js';

/** By name or id. */
export const webhookParams = z.strictObject({ webhook: z.string().min(1).max(100) });
const params = { webhook: EXAMPLE_WEBHOOK.name };
const { name, project, provider, repository_url, event_types, branch_patterns, tag_patterns } =
  EXAMPLE_WEBHOOK;
export const EXAMPLE_SECRET = 'replace-me-with-a-long-secret';
const bodyErrors = ['invalid_request', 'invalid_json', 'json_too_large'] as const;

export const createWebhook = operation({
  id: 'createWebhook',
  method: 'post',
  path: '/v1/webhooks',
  tag: 'webhooks',
  summary: 'Adds a webhook: builds of a project that start when its repository changes',
  description:
    'The secret is shown in this answer only, and stored encrypted. Address and secret belong into the settings of the repository.',
  auth: 'token',
  body: NewWebhook,
  responses: { 201: { description: 'Added.', schema: WebhookWithSecret } },
  errors: [...bodyErrors, 'not_found', 'conflict', 'host_not_allowed', 'keyring_missing'],
  example: {
    body: {
      ...{ name, project, provider, repository_url, event_types, branch_patterns, tag_patterns },
      build_config_preset: EXAMPLE_WEBHOOK.build_config_preset,
      secret: EXAMPLE_SECRET,
    },
    file: { name: 'webhook.json', content: null },
    answer: { status: 201, body: { webhook: EXAMPLE_WEBHOOK, secret: EXAMPLE_SECRET } },
  },
});

export const listWebhooks = operation({
  id: 'listWebhooks',
  method: 'get',
  path: '/v1/webhooks',
  tag: 'webhooks',
  summary: 'Lists webhooks by name, without their secrets',
  auth: 'token',
  query: z.strictObject({
    project: z.string().min(1).max(100).optional().describe('slug or id: those of this project'),
  }),
  responses: { 200: { description: 'All of them.', schema: listOf(Webhook) } },
  errors: ['invalid_request', 'not_found'],
  example: { query: { project }, answer: { status: 200, body: { items: [EXAMPLE_WEBHOOK] } } },
});

export const getWebhook = operation({
  id: 'getWebhook',
  method: 'get',
  path: '/v1/webhooks/:webhook',
  tag: 'webhooks',
  summary: 'Shows a webhook without its secret',
  auth: 'token',
  params: webhookParams,
  responses: { 200: { description: 'Found.', schema: Webhook } },
  errors: ['not_found'],
  example: { params, answer: { status: 200, body: EXAMPLE_WEBHOOK } },
});

export const changeWebhook = operation({
  id: 'changeWebhook',
  method: 'patch',
  path: '/v1/webhooks/:webhook',
  tag: 'webhooks',
  summary: 'Changes a webhook; what is left out stays',
  description: 'It holds for deliveries that come from then on, and for those that are replayed.',
  auth: 'token',
  params: webhookParams,
  body: WebhookChange,
  responses: { 200: { description: 'Changed.', schema: Webhook } },
  errors: [...bodyErrors, 'not_found', 'conflict', 'host_not_allowed'],
  example: {
    params,
    body: { coalesce_seconds: 30 },
    answer: { status: 200, body: { ...EXAMPLE_WEBHOOK, coalesce_seconds: 30 } },
  },
});

export const reconcileWebhook = operation({
  id: 'reconcileWebhook',
  method: 'post',
  path: '/v1/webhooks/:webhook/reconcile',
  tag: 'webhooks',
  summary: 'Has branches and tags read now, to find pushes that no delivery has told of',
  description:
    'It is done from time to time anyway. `reconciled_at` or `reconcile_trouble_at` says when it was; what it has found is among the deliveries.',
  auth: 'token',
  params: webhookParams,
  responses: { 202: { description: 'They are read now.', schema: Webhook } },
  errors: ['not_found', 'conflict'],
  example: { params, answer: { status: 202, body: { ...EXAMPLE_WEBHOOK, next_reconcile_at: at(0) } } },
});

export const rotateWebhook = operation({
  id: 'rotateWebhook',
  method: 'post',
  path: '/v1/webhooks/:webhook/rotate',
  tag: 'webhooks',
  summary: 'Gives a webhook a new random secret, and shows it once',
  description:
    'Requests that the old one has signed are refused from then on; git hosts can send them again.',
  auth: 'token',
  params: webhookParams,
  responses: { 200: { description: 'Rotated.', schema: WebhookWithSecret } },
  errors: ['not_found', 'keyring_missing'],
  example: {
    params,
    answer: { status: 200, body: { webhook: EXAMPLE_WEBHOOK, secret: 'shown-once-and-never-again' } },
  },
});

/** Of a branch or a tag. */
const testedRef = z.string().superRefine((text, context) => {
  try {
    parseGitRef(text);
    if (/^refs\/(?:heads|tags)\//.test(text)) return;
  } catch {
    // Said below.
  }
  context.addIssue({
    code: 'custom',
    message: 'expected a branch or a tag as a full ref, such as refs/heads/main or refs/tags/v1.0.0',
  });
});

export const testWebhook = operation({
  id: 'testWebhook',
  method: 'post',
  path: '/v1/webhooks/:webhook/test',
  tag: 'webhooks',
  summary: 'Writes a signed push that starts nothing, for its caller to send to the webhook',
  description:
    'Sent to the address of the webhook, it proves that the address is reached and the signature holds, which verifies the webhook; what a real push of this kind would start is the reason of its delivery. It tests the secret that is stored here, not the one at the git host.',
  auth: 'token',
  params: webhookParams,
  body: z.strictObject({ ref: testedRef.default('refs/heads/main') }),
  responses: {
    200: {
      description: 'To be sent as it is within five minutes.',
      schema: z.strictObject({
        headers: z.record(z.string(), z.string()),
        body: z.string().describe('byte by byte what was signed'),
      }),
    },
  },
  errors: [...bodyErrors, 'not_found', 'conflict', 'keyring_missing'],
  example: {
    params,
    body: { ref: 'refs/heads/main' },
    answer: {
      status: 200,
      body: {
        headers: {
          ...{ 'content-type': 'application/json', 'x-github-event': 'push' },
          'x-github-delivery': '0f6e7a1c-3b0e-4f0e-9d64-2f1f6a3f7c55',
          'x-hub-signature-256': 'sha256=853d25f19e23f882092d720fba3db264fe6d893caf23436d718352dacca4c579',
        },
        body: '{"kiln_test":true,"ref":"refs/heads/main"}',
      },
    },
  },
});

export const deleteWebhook = operation({
  id: 'deleteWebhook',
  method: 'delete',
  path: '/v1/webhooks/:webhook',
  tag: 'webhooks',
  summary: 'Removes a webhook and the record of its deliveries; their builds stay',
  auth: 'token',
  params: webhookParams,
  responses: { 204: { description: 'Removed.' } },
  errors: ['not_found'],
  example: { params, answer: { status: 204 } },
});
