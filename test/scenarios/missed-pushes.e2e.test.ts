import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { ensureKeyringFile } from '../../src/adapters/keyring/keyring-file.js';
import type { Webhook } from '../../src/contracts/webhooks.js';
import type * as KilnProcess from '../../src/embedded/kiln-process.js';
import type { RunningService } from '../../src/embedded/services/service.js';
import { bootstrap } from '../../src/storage/identity/bootstrap.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { GitHttpServer } from '../support/git-http-server.js';
import { Repository } from '../support/git-repository.js';
import { sentBy } from '../support/sent-by.js';

const TOKEN = 'kiln_token-of-the-missed-pushes';
const SECRET = 'a-secret-of-the-missed-pushes';
const GIT_TOKEN = 'git-token-of-the-missed-pushes';
const EVERY_SECONDS = 1;
const TIMEOUT_MS = 180_000;

let db: FreshDatabase;
let folder: string;
let start: (name: 'api' | 'controller') => Promise<RunningService<'http'>>;
let api: RunningService<'http'>;
let controller: RunningService<'http'>;
let server: GitHttpServer;
let app: Repository;
let webhook: Webhook;
const running: RunningService<'http'>[] = [];

beforeAll(async () => {
  db = await freshDatabase();
  folder = mkdtempSync(join(tmpdir(), 'kiln-missed-'));
  server = await new GitHttpServer(folder).start();
  server.credentials = `builder:${GIT_TOKEN}`;
  app = new Repository(join(folder, 'app'));
  app.commit({ Dockerfile: 'FROM scratch\n' });
  await ensureKeyringFile(join(folder, 'keyring.json'));
  await bootstrap(db.admin, { apiToken: TOKEN, workerName: 'local-1', slots: 1 });
  // The compiled one, for it starts the files that lie beside it.
  const compiled = new URL('../../dist/src/embedded/kiln-process.js', import.meta.url).href;
  const { startKilnProcess } = (await import(compiled)) as typeof KilnProcess;
  start = async (name) => {
    const service = await startKilnProcess({ stateFolder: folder, log: () => undefined }, name, {
      KILN_DATABASE_URL: db.urls.api,
      KILN_CONTROLLER_DATABASE_URL: db.urls.controller,
      // Nobody is there: builds need no Temporal to be accepted.
      KILN_TEMPORAL_ADDRESS: '127.0.0.1:1',
      KILN_KEYRING_FILE: join(folder, 'keyring.json'),
      KILN_DATA_DIR: join(folder, 'data'),
      KILN_INSECURE_GIT_HOSTS: server.host,
      KILN_ALLOWED_NETWORKS: '127.0.0.0/8',
      KILN_RECONCILE_SECONDS: String(EVERY_SECONDS),
      KILN_RECONCILE_GRACE_SECONDS: '1',
    });
    running.push(service);
    return service;
  };
  api = await start('api');
  controller = await start('controller');
  await call('POST', '/v1/projects', { slug: 'app', image_repository: 'registry.example.com/team/app' });
  const credential = { username: 'builder', value: GIT_TOKEN };
  await call('PUT', `/v1/credentials/git_token/${encodeURIComponent(server.host)}`, credential);
  ({ webhook } = await call<{ webhook: Webhook }>('POST', '/v1/webhooks', {
    ...{ name: 'hook', project: 'app', provider: 'generic', secret: SECRET },
    ...{ repository_url: `${server.url}/app`, branch_patterns: ['main'] },
  }));
  while ((await call<Webhook>('GET', '/v1/webhooks/hook')).reconciled_at === null) await sleep(50);
});

afterAll(async () => {
  for (const service of running) await service.stop();
  await server.stop();
  await db.close();
  rmSync(folder, { recursive: true });
});

async function call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${api.ports.http}${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Answer;
}

interface Started {
  readonly trigger_type: string;
  readonly trigger_source: string;
}

async function builds(): Promise<Started[]> {
  const { rows } = await sql<Started>`
    SELECT t.trigger_type, t.trigger_source FROM builds b JOIN build_triggers t ON t.build_id = b.id
    ORDER BY b.build_number`.execute(db.admin);
  return rows;
}

async function kill(service: RunningService<'http'>): Promise<void> {
  process.kill(service.pid, 'SIGKILL');
  await service.exited;
}

/** As when its time is over for which a killed controller keeps what it had in hand. */
async function endClaims(): Promise<void> {
  await sql`
    UPDATE webhook_deliveries SET next_retry_at = clock_timestamp()
    WHERE delivery_status = 'pending' AND attempt_number > 0`.execute(db.admin);
}

/** Resolves when the heads were read twice more, from beginning to end. */
async function readTwice(): Promise<void> {
  const count = async (): Promise<number> => {
    const { rows } = await sql<{ n: number }>`SELECT reconcile_number AS n FROM webhook_configs`.execute(
      db.admin,
    );
    return rows[0]!.n;
  };
  const from = await count();
  while ((await count()) < from + 3) await sleep(100);
}

const missed = (sha: string): Started => ({
  trigger_type: 'git_event',
  trigger_source: `missed push: main at ${sha.slice(0, 7)}`,
});

it(
  'builds a push once that came while the api was down, and nothing that was there before or is not wanted',
  { timeout: TIMEOUT_MS },
  async () => {
    await readTwice();
    expect(await builds()).toEqual([]);

    await kill(api);
    app.git('branch', 'side');
    const sha = app.commit({ file: 'one' });
    while ((await builds()).length === 0) await sleep(50);
    await readTwice();
    expect(await builds()).toEqual([missed(sha)]);

    api = await start('api');
    const late = sentBy(
      'generic',
      '',
      { repository: webhook.repository_url, ref: 'refs/heads/main', sha },
      { secret: SECRET },
    );
    const answer = await fetch(`http://127.0.0.1:${api.ports.http}${webhook.url_path}`, {
      method: 'POST',
      headers: late.headers,
      body: new Uint8Array(late.raw),
    });
    const { delivery } = (await answer.json()) as { delivery: string };
    const status = async () =>
      (await call<{ status: string }>('GET', `/v1/webhook-deliveries/${delivery}`)).status;
    while ((await status()) === 'pending') await sleep(50);
    expect(await status()).toBe('coalesced');
    expect(await builds()).toEqual([missed(sha)]);
    // What was told of just now is left to a later reading.
    await sql`UPDATE webhook_deliveries SET created_at = created_at - interval '10 minutes'`.execute(
      db.admin,
    );
  },
);

it(
  'makes one build of a missed push whose controller is killed while it reads, and when it has accepted the build',
  { timeout: TIMEOUT_MS },
  async () => {
    const before = await builds();
    let reads = false;
    server.intercept = () => (reads = true);
    while (!reads) await sleep(10);
    const sha = app.commit({ file: 'two' });
    await kill(controller);
    server.intercept = () => false;

    controller = await start('controller');
    while ((await builds()).length === before.length) await sleep(5);
    await kill(controller);
    await endClaims();
    controller = await start('controller');
    const open = async (): Promise<number> => {
      const { rows } = await sql<{ n: number }>`
      SELECT count(*)::int AS n FROM webhook_deliveries WHERE delivery_status = 'pending'`.execute(db.admin);
      return rows[0]!.n;
    };
    while ((await open()) > 0) await sleep(100);
    await readTwice();
    expect(await builds()).toEqual([...before, missed(sha)]);
  },
);

it('says why the heads cannot be read, without the credential', async () => {
  server.credentials = 'builder:another';
  let shown = await call<Webhook>('POST', '/v1/webhooks/hook/reconcile', {});
  while (shown.reconcile_trouble === null) {
    await sleep(100);
    shown = await call<Webhook>('GET', '/v1/webhooks/hook');
  }
  expect(shown.reconcile_trouble).toContain('credential');
  expect(shown.reconcile_trouble).not.toContain(GIT_TOKEN);
});
