import { z } from 'zod';
import { DELIVERY_STATUSES } from '../domain/webhooks/delivery-status.js';
import { COMMIT, DELIVERY_ID, WEBHOOK_ID } from './examples/names.js';
import { operation } from './operation.js';
import { pageOf, pageQuery } from './parameters.js';
import { webhookParams } from './webhook-operations.js';
import {
  Delivery,
  DeliveryReceipt,
  EXAMPLE_DELIVERY,
  EXAMPLE_REPOSITORY,
  EXAMPLE_WEBHOOK,
} from './webhooks.js';

const params = z.strictObject({ delivery: z.uuid() });
const example = { params: { delivery: DELIVERY_ID } };
const PENDING = {
  ...EXAMPLE_DELIVERY,
  ...({ status: 'pending', build_id: null, build_number: null, attempt_number: 0 } as const),
  next_retry_at: EXAMPLE_DELIVERY.created_at,
};

/** The signature of the example is over these bytes. */
const EXAMPLE_PUSH = JSON.stringify({
  ref: EXAMPLE_DELIVERY.ref,
  before: '0000000000000000000000000000000000000000',
  after: COMMIT,
  repository: { clone_url: EXAMPLE_REPOSITORY },
});

export const receiveWebhook = operation({
  id: 'receiveWebhook',
  method: 'post',
  path: '/v1/webhooks/:webhook',
  tag: 'webhooks',
  summary: 'Takes a delivery of a git host',
  description:
    'There is no token: the signature of the body by the secret of the webhook is the credential, in the headers of its provider. The delivery is stored before it is answered; the same again changes nothing. A build of it is made a moment later.',
  auth: 'none',
  params: z.strictObject({ webhook: z.uuid() }),
  headers: z.object({
    'x-github-event': z.string().optional().describe('what has happened, in the word of the provider'),
    'x-github-delivery': z.string().optional().describe('what the provider calls the delivery'),
    'x-hub-signature-256': z
      .string()
      .optional()
      .describe('of GitHub; which headers the other providers send says docs/webhooks.md'),
  }),
  rawBody: 'application/json',
  responses: {
    200: { description: 'Stored, and it starts nothing; or it came before.', schema: DeliveryReceipt },
    202: { description: 'Stored; a build of it is made, or waits for approval.', schema: DeliveryReceipt },
  },
  errors: [
    'invalid_request',
    'not_found',
    'payload_too_large',
    'signature_invalid',
    'too_many_unsigned',
    'delivery_refused',
  ],
  example: {
    params: { webhook: WEBHOOK_ID },
    headers: {
      'x-github-event': 'push',
      'x-github-delivery': EXAMPLE_DELIVERY.delivery_id,
      'x-hub-signature-256': 'sha256=853d25f19e23f882092d720fba3db264fe6d893caf23436d718352dacca4c579',
    },
    file: { name: 'delivery.json', content: EXAMPLE_PUSH },
    answer: {
      status: 202,
      body: {
        ...{ delivery: DELIVERY_ID, status: 'pending', reason: null, build_id: null, is_duplicate: false },
      },
    },
  },
});

export const listDeliveries = operation({
  id: 'listDeliveries',
  method: 'get',
  path: '/v1/webhooks/:webhook/deliveries',
  tag: 'webhooks',
  summary: 'Lists the deliveries of a webhook, newest first',
  description: 'They are kept for 30 days.',
  auth: 'token',
  params: webhookParams,
  query: pageQuery.extend({
    status: z
      .enum(DELIVERY_STATUSES, `expected one of ${DELIVERY_STATUSES.join(', ')}`)
      .optional()
      .describe('those that this has become of'),
  }),
  responses: { 200: { description: 'One page.', schema: pageOf(Delivery) } },
  errors: ['invalid_request', 'not_found'],
  example: {
    params: { webhook: EXAMPLE_WEBHOOK.name },
    query: { limit: '20' },
    answer: { status: 200, body: { items: [EXAMPLE_DELIVERY], next_cursor: null } },
  },
});

export const getDelivery = operation({
  id: 'getDelivery',
  method: 'get',
  path: '/v1/webhook-deliveries/:delivery',
  tag: 'webhooks',
  summary: 'Shows what has become of a delivery',
  auth: 'token',
  params,
  responses: { 200: { description: 'Found.', schema: Delivery } },
  errors: ['not_found'],
  example: { ...example, answer: { status: 200, body: EXAMPLE_DELIVERY } },
});

export const getDeliveryPayload = operation({
  id: 'getDeliveryPayload',
  method: 'get',
  path: '/v1/webhook-deliveries/:delivery/payload',
  tag: 'webhooks',
  summary: 'Gives the body of a delivery, byte by byte as it came',
  auth: 'token',
  params,
  responses: { 200: { description: 'The bytes.', contentType: 'application/octet-stream' } },
  errors: ['not_found'],
  example: { ...example, answer: { status: 200, body: EXAMPLE_PUSH } },
});

export const replayDelivery = operation({
  id: 'replayDelivery',
  method: 'post',
  path: '/v1/webhook-deliveries/:delivery/replay',
  tag: 'webhooks',
  summary: 'Judges a delivery anew, by the settings that its webhook has now',
  description:
    'One that has a build stays as it is, unless `again` wants another build. What was approved has to be approved again.',
  auth: 'token',
  params,
  body: z.strictObject({
    again: z.boolean().default(false).describe('make another build, though there is one'),
  }),
  responses: { 200: { description: 'What has become of it.', schema: Delivery } },
  errors: ['invalid_request', 'invalid_json', 'json_too_large', 'not_found'],
  example: {
    ...example,
    body: { again: true },
    answer: { status: 200, body: { ...PENDING, replay_count: 1 } },
  },
});

export const approveDelivery = operation({
  id: 'approveDelivery',
  method: 'post',
  path: '/v1/webhook-deliveries/:delivery/approve',
  tag: 'webhooks',
  summary: 'Lets the commit of a pull request from another repository be built, without secrets',
  description:
    'It is this commit that is approved: a newer one of the pull request waits again. The same again changes nothing.',
  auth: 'token',
  params,
  responses: { 200: { description: 'Its build is made.', schema: Delivery } },
  errors: ['not_found', 'conflict'],
  example: {
    ...example,
    answer: {
      status: 200,
      body: { ...PENDING, without_secrets: true, approved_at: PENDING.created_at, decided_by: 'admin' },
    },
  },
});

export const rejectDelivery = operation({
  id: 'rejectDelivery',
  method: 'post',
  path: '/v1/webhook-deliveries/:delivery/reject',
  tag: 'webhooks',
  summary: 'Turns the commit of a pull request from another repository away: it is not built',
  description:
    'What was approved cannot be rejected any more, nor the other way round; a replay judges it anew. The same again changes nothing.',
  auth: 'token',
  params,
  responses: { 200: { description: 'Rejected.', schema: Delivery } },
  errors: ['not_found', 'conflict'],
  example: {
    ...example,
    answer: {
      status: 200,
      body: {
        ...EXAMPLE_DELIVERY,
        ...({ status: 'rejected', build_id: null, build_number: null, attempt_number: 0 } as const),
        reason: 'Somebody has rejected it: it is not built.',
        ...{ without_secrets: true, rejected_at: EXAMPLE_DELIVERY.created_at, decided_by: 'admin' },
      },
    },
  },
});
