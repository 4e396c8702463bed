import { createHmac } from 'node:crypto';
import { DELIVERY_ID, WEBHOOK_ID } from '../../../src/contracts/examples/names.js';
import type { Example } from './example.js';
import { FAKE_SECRET } from './fake-webhooks.js';
import { NOBODY_ID } from './records.js';

const PING = Buffer.from('{"zen":"x"}');
const delivery = (rest: string): Example => ({
  path: `/v1/webhook-deliveries/${DELIVERY_ID}${rest}`,
  ok: 200,
  missing: `/v1/webhook-deliveries/${NOBODY_ID}${rest}`,
});
const webhook = (rest: string): Example => ({
  path: `/v1/webhooks/app-main${rest}`,
  ok: 200,
  missing: `/v1/webhooks/nothing${rest}`,
});
const NEW = {
  name: 'app-main',
  project: 'hello',
  provider: 'github',
  repository_url: 'https://git.example.com/team/app.git',
};

/** Calls of the operations on webhooks, for the suite that calls every operation. */
export const WEBHOOK_EXAMPLES: Record<string, Example> = {
  createWebhook: {
    method: 'POST',
    path: '/v1/webhooks',
    ok: 201,
    body: NEW,
    bad: { body: { ...NEW, branch_patterns: ['[a]'] } },
  },
  listWebhooks: {
    path: '/v1/webhooks?project=hello',
    ok: 200,
    missing: '/v1/webhooks?project=nothing',
    bad: { path: '/v1/webhooks?projct=hello' },
  },
  getWebhook: webhook(''),
  changeWebhook: {
    ...webhook(''),
    method: 'PATCH',
    body: { coalesce_seconds: 30 },
    bad: { body: { coalesce_seconds: -1 } },
  },
  reconcileWebhook: { ...webhook('/reconcile'), method: 'POST', ok: 202 },
  rotateWebhook: { ...webhook('/rotate'), method: 'POST' },
  testWebhook: { ...webhook('/test'), method: 'POST', body: {}, bad: { body: { ref: 'main' } } },
  deleteWebhook: { ...webhook(''), method: 'DELETE', ok: 204 },
  receiveWebhook: {
    method: 'POST',
    path: `/v1/webhooks/${WEBHOOK_ID}`,
    ok: 200,
    raw: PING,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'ping',
      'x-github-delivery': 'delivery-1',
      'x-hub-signature-256': `sha256=${createHmac('sha256', FAKE_SECRET).update(PING).digest('hex')}`,
    },
    missing: `/v1/webhooks/${NOBODY_ID}`,
  },
  listDeliveries: {
    ...webhook('/deliveries'),
    bad: { path: '/v1/webhooks/app-main/deliveries?status=lost' },
  },
  getDelivery: delivery(''),
  getDeliveryPayload: delivery('/payload'),
  replayDelivery: { ...delivery('/replay'), method: 'POST', body: {}, bad: { body: { again: 'yes' } } },
  approveDelivery: { ...delivery('/approve'), method: 'POST' },
  rejectDelivery: { ...delivery('/reject'), method: 'POST' },
};
