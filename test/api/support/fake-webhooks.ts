import { DELIVERY_ID, WEBHOOK_ID } from '../../../src/contracts/examples/names.js';
import { KilnError } from '../../../src/domain/errors.js';
import type {
  CalledWebhook,
  DeliveryStore,
  Webhook,
  WebhookIntake,
  WebhookStore,
  WholeDelivery,
} from '../../../src/ports/webhooks.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { NOW, TENANT } from './records.js';

/** The secret of the one webhook. */
export const FAKE_SECRET = 'a-secret-of-the-test';

export const FAKE_WEBHOOK: Webhook = {
  id: WEBHOOK_ID,
  projectId: 'p',
  project: 'hello',
  name: 'app-main',
  urlPath: `/v1/webhooks/${WEBHOOK_ID}`,
  provider: 'github',
  repositoryUrl: 'https://git.example.com/team/app.git',
  eventTypes: ['push'],
  branchPatterns: [],
  tagPatterns: [],
  pathPatterns: [],
  autoBuildEnabled: true,
  buildMethod: null,
  preset: { options: {}, destinations: [], priority: 0 },
  coalesceSeconds: 0,
  isActive: true,
  isVerified: true,
  lastDelivery: null,
  reconciliation: { lastAt: null, nextAt: NOW, trouble: null },
  refusals: null,
  createdAt: NOW,
  updatedAt: NOW,
};

const DELIVERY: WholeDelivery = {
  id: DELIVERY_ID,
  webhook: FAKE_WEBHOOK.name,
  webhookId: WEBHOOK_ID,
  deliveryId: 'delivery-1',
  eventType: 'ping',
  status: 'ignored',
  reason: 'A ping tests the address and starts no build.',
  asked: null,
  responseStatus: 200,
  attemptNumber: 0,
  nextRetryAt: null,
  errorMessage: null,
  replayCount: 0,
  buildId: null,
  buildNumber: null,
  coalescedIntoId: null,
  approvedAt: null,
  rejectedAt: null,
  decidedBy: null,
  createdAt: NOW,
  headers: { 'x-github-event': 'ping', 'x-github-delivery': 'delivery-1' },
  payload: Buffer.from('{"zen":"x"}'),
  missed: null,
};

/** One webhook of the good token's tenant with one delivery; what is asked of it is written down. */
export function fakeWebhooks(effects: { name: string; input: unknown }[]) {
  const only = <T>({ tenantId }: TenantContext, name: string, answer: T): Promise<T> =>
    tenantId === TENANT.tenantId && [FAKE_WEBHOOK.name, WEBHOOK_ID, DELIVERY_ID].includes(name)
      ? Promise.resolve(answer)
      : Promise.reject(new KilnError('not_found'));
  const webhooks: WebhookStore = {
    create: (_tenant, _project, settings) => Promise.resolve({ ...FAKE_WEBHOOK, ...settings }),
    list: () => Promise.resolve([FAKE_WEBHOOK]),
    get: (tenant, name) => only(tenant, name, FAKE_WEBHOOK),
    change: (tenant, name, change) => only(tenant, name, { ...FAKE_WEBHOOK, ...change }),
    rotate: (tenant, name) => only(tenant, name, FAKE_WEBHOOK),
    reconcile: (tenant, name) => only(tenant, name, FAKE_WEBHOOK),
    remove: (tenant, name) => only(tenant, name, undefined),
  };
  const deliveries: DeliveryStore = {
    list: () => Promise.resolve({ items: [DELIVERY], nextCursor: null }),
    get: (tenant, id) => only(tenant, id, DELIVERY),
    replay: (tenant, id, judged) => only(tenant, id, { ...DELIVERY, ...judged }),
    approve: (tenant, id) => only(tenant, id, DELIVERY),
    reject: (tenant, id) => only(tenant, id, DELIVERY),
  };
  const called: CalledWebhook = {
    ...FAKE_WEBHOOK,
    tenantId: TENANT.tenantId,
    secret: FAKE_SECRET,
  };
  const webhookIntake: WebhookIntake = {
    find: (id) => Promise.resolve(id === WEBHOOK_ID ? called : null),
    store: (_webhook, delivery) => {
      effects.push({ name: 'storeDelivery', input: delivery });
      const { status, reason } = delivery;
      return Promise.resolve({ id: DELIVERY_ID, status, reason, buildId: null, created: true });
    },
    noteRefusals: (_webhook, count, reason) => {
      effects.push({ name: 'noteRefusals', input: { count, reason } });
      return Promise.resolve();
    },
    ring: () => {
      effects.push({ name: 'ringDeliveries', input: null });
      return Promise.resolve();
    },
  };
  return { webhooks, deliveries, webhookIntake };
}
