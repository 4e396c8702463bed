import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureKeyringFile } from '../../src/adapters/keyring/keyring-file.js';
import { createSealer } from '../../src/adapters/keyring/sealer.js';
import type { AcceptanceDeps } from '../../src/acceptance/deps.js';
import { startDelivery } from '../../src/acceptance/start-delivery.js';
import type { Delivery, Webhook } from '../../src/contracts/webhooks.js';
import type { WebhookProvider } from '../../src/domain/webhooks/provider.js';
import type { DeliveryOutcome } from '../../src/controller/webhook-relay.js';
import { startWebhookRelay } from '../../src/controller/webhook-relay.js';
import type { Loop } from '../../src/controller/loop.js';
import { createBuildStore } from '../../src/storage/builds/build-store.js';
import { openChangeFeed } from '../../src/storage/change-feed.js';
import { createContentIndex } from '../../src/storage/contents/content-index.js';
import { openDatabase } from '../../src/storage/database.js';
import { bootstrap } from '../../src/storage/identity/bootstrap.js';
import { createProjectStore } from '../../src/storage/identity/project-store.js';
import { createTokenStore } from '../../src/storage/identity/token-store.js';
import { createUploadStore } from '../../src/storage/identity/upload-store.js';
import { createLimitStore } from '../../src/storage/limits/limit-store.js';
import { createScheduleStore } from '../../src/storage/schedules/schedule-store.js';
import { createSecretStore } from '../../src/storage/secrets/secret-store.js';
import { createDeliveryStore } from '../../src/storage/webhooks/delivery-store.js';
import { createDueDeliveries } from '../../src/storage/webhooks/due-deliveries.js';
import { createWebhookIntake } from '../../src/storage/webhooks/intake.js';
import { createWebhookStore } from '../../src/storage/webhooks/webhook-store.js';
import { type ApiUnderTest, startApi } from '../api/support/running-api.js';
import { sentBy, type SentDelivery } from './sent-by.js';
import { freshDatabase } from './database.js';

export const TOKEN = 'kiln_token-of-the-webhook-tests';
export const SECRET = 'a-secret-of-the-webhook-tests';
export const REPOSITORY_URL = 'https://git.example.com/team/app.git';
export const A_PUSH = {
  repository: REPOSITORY_URL,
  ref: 'refs/heads/main',
  sha: 'bffeb74224043ba2feb48d137756c8a9331c449a',
  message: 'Add a page',
};

export const genericPush = (body: object = A_PUSH): SentDelivery =>
  sentBy('generic', '', body, { secret: SECRET });

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

const PRESET = { destinations: ['127.0.0.1:5000/app:${branch}', '127.0.0.1:5000/app:pr-${number}'] };

/** An api and what the controller makes of deliveries, over a real database. The relay runs only where a test starts it. */
export async function aWebhookWorld() {
  const db = await freshDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'kiln-webhooks-'));
  const keyring = join(folder, 'keyring.json');
  await ensureKeyringFile(keyring);
  const sealer = createSealer(keyring);
  await bootstrap(db.admin, { apiToken: TOKEN, workerName: 'local-1', slots: 1 });
  const changes = openChangeFeed({ url: db.urls.api });
  const api: ApiUnderTest = await startApi({
    tokens: createTokenStore(db.api),
    projects: createProjectStore(db.api),
    builds: createBuildStore(db.api),
    secrets: createSecretStore(db.api, sealer),
    schedules: createScheduleStore(db.api),
    webhooks: createWebhookStore(db.api, sealer),
    deliveries: createDeliveryStore(db.api),
    webhookIntake: createWebhookIntake(db.api, sealer),
    changes,
  });
  const acting = openDatabase({ url: db.urls.controller, role: 'kiln_api' });
  const acceptance: AcceptanceDeps = {
    projects: createProjectStore(acting),
    builds: createBuildStore(acting),
    uploads: createUploadStore(acting),
    contents: createContentIndex(acting),
    files: { open: () => Promise.reject(new Error('nothing is read here')) },
    secrets: createSecretStore(acting, sealer),
    buildLimits: createLimitStore(acting),
    installationLimits: {},
    checkDockerfile: () => [],
    checkDockerfileSources: () => undefined,
    checkGitUrl: () => undefined,
    checkRegistryHost: () => undefined,
    defaultRegistry: null,
  };
  const outcomes: { outcome: DeliveryOutcome; delivery: string; error: string | null }[] = [];
  const relays: Loop[] = [];
  const call = async <Answer>(path: string, body?: unknown, method?: string): Promise<Answer> => {
    const response = await api.send(path, {
      token: TOKEN,
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return (text === '' ? null : JSON.parse(text)) as Answer;
  };
  await call('/v1/projects', { slug: 'app' });
  let counter = 0;
  const deliveryOf = ({ body }: Answer): Promise<Delivery> =>
    call(`/v1/webhook-deliveries/${String(body['delivery'])}`);
  return {
    ...{ db, api, acceptance, outcomes, call, deliveryOf, keyring },
    /** A webhook of its own. */
    async aWebhook(provider: WebhookProvider, more: object = {}): Promise<Webhook> {
      counter += 1;
      const { webhook } = await call<{ webhook: Webhook }>('/v1/webhooks', {
        ...{ name: `hook-${counter}`, project: 'app', provider, secret: SECRET },
        ...{ repository_url: REPOSITORY_URL, build_config_preset: PRESET },
        ...more,
      });
      return webhook;
    },
    async send(webhook: { readonly url_path: string }, delivery: SentDelivery): Promise<Answer> {
      const response = await api.send(webhook.url_path, delivery);
      return { status: response.status, body: (await response.json()) as Answer['body'] };
    },
    /** The delivery when it does not wait for its build any more. */
    async settled(answer: Answer): Promise<Delivery> {
      for (;;) {
        const delivery = await deliveryOf(answer);
        if (delivery.status !== 'pending') return delivery;
        await sleep(10);
      }
    },
    async buildsOf({ name }: Webhook): Promise<number> {
      const { rows } = await sql<{ n: number }>`
        SELECT count(*)::int AS n FROM build_triggers
        WHERE trigger_type = 'webhook' AND trigger_source LIKE ${`${name}, delivery %`}`.execute(db.admin);
      return rows[0]?.n ?? 0;
    },
    due: createDueDeliveries(db.controller),
    /** Starts a relay; `claimMs` is how long it keeps what it has taken, and `start` stands in for the acceptance. */
    startRelay(given: { claimMs?: number; start?: typeof startDelivery } = {}): Loop {
      const start = given.start ?? startDelivery;
      const relay = startWebhookRelay({
        deliveries: createDueDeliveries(db.controller, given.claimMs),
        feed: changes,
        start: async (delivery) => (await start(acceptance, delivery)).build.id,
        seen: (outcome, { id }, error) =>
          outcomes.push({ outcome, delivery: id, error: error?.code ?? null }),
        log: { error: (fields, text) => console.error(text, fields) },
      });
      relays.push(relay);
      return relay;
    },
    async close(): Promise<void> {
      for (const relay of relays) await relay.stop();
      await api.close();
      await changes.close();
      await acting.destroy();
      await db.close();
      await rm(folder, { recursive: true });
    },
  };
}
