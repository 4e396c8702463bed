import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { ensureKeyringFile } from '../../src/adapters/keyring/keyring-file.js';
import type * as KilnProcess from '../../src/embedded/kiln-process.js';
import type { RunningService } from '../../src/embedded/services/service.js';
import { bootstrap } from '../../src/storage/identity/bootstrap.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { sentBy, type SentDelivery } from '../support/sent-by.js';

const TOKEN = 'kiln_token-of-the-webhook-scenarios';
const SECRET = 'a-secret-of-the-webhook-scenarios';
const MUTATED = 2_000;
const AT_ONCE = 16;
const PUSH = {
  repository: 'https://git.example.com/team/app.git',
  ref: 'refs/heads/main',
  sha: 'bffeb74224043ba2feb48d137756c8a9331c449a',
  message: 'Add a page',
};

let db: FreshDatabase;
let folder: string;
let start: (name: 'api' | 'controller') => Promise<RunningService<'http'>>;
let api: RunningService<'http'>;
let urlPath: string;
const running: RunningService<'http'>[] = [];

beforeAll(async () => {
  db = await freshDatabase();
  folder = mkdtempSync(join(tmpdir(), 'kiln-webhooks-'));
  await ensureKeyringFile(join(folder, 'keyring.json'));
  await bootstrap(db.admin, { apiToken: TOKEN, workerName: 'local-1', slots: 1 });
  // The compiled one, for it starts the files that lie beside it.
  const compiled = new URL('../../dist/src/embedded/kiln-process.js', import.meta.url).href;
  const { startKilnProcess } = (await import(compiled)) as typeof KilnProcess;
  start = async (name) => {
    const service = await startKilnProcess({ stateFolder: folder, log: () => undefined }, name, {
      KILN_DATABASE_URL: db.urls.api,
      KILN_CONTROLLER_DATABASE_URL: db.urls.controller,
      // Nobody is there: what webhooks start needs no Temporal to be accepted.
      KILN_TEMPORAL_ADDRESS: '127.0.0.1:1',
      KILN_KEYRING_FILE: join(folder, 'keyring.json'),
      KILN_DATA_DIR: join(folder, 'data'),
    });
    running.push(service);
    return service;
  };
  api = await start('api');
  await call('/v1/projects', { slug: 'app', image_repository: 'registry.example.com/team/app' });
  const { webhook } = await call<{ webhook: { url_path: string } }>('/v1/webhooks', {
    ...{ name: 'hook', project: 'app', provider: 'generic', secret: SECRET },
    repository_url: PUSH.repository,
  });
  urlPath = webhook.url_path;
});

afterAll(async () => {
  for (const service of running) await service.stop();
  await db.close();
  rmSync(folder, { recursive: true });
});

async function call<Answer>(path: string, body: object): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${api.ports.http}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Answer;
}

const send = ({ raw, headers }: SentDelivery): Promise<Response> =>
  fetch(`http://127.0.0.1:${api.ports.http}${urlPath}`, {
    method: 'POST',
    headers,
    body: new Uint8Array(raw),
  });

it('makes one build of a delivery whose api was killed after it had stored it, and of each that came again', async () => {
  const sent = Array.from({ length: 20 }, () => sentBy('generic', '', PUSH, { secret: SECRET }));
  const answers = sent.map((one) =>
    send(one).then(
      ({ status }) => status,
      () => null,
    ),
  );
  await Promise.race(answers);
  process.kill(api.pid, 'SIGKILL');
  await api.exited;
  const acknowledged = (await Promise.all(answers)).filter((status) => status === 202).length;
  expect(acknowledged).toBeGreaterThan(0);
  const { rows: stored } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM webhook_deliveries WHERE delivery_status = 'pending'`.execute(db.admin);
  expect(stored[0]?.n).toBeGreaterThanOrEqual(acknowledged);

  await start('controller');
  api = await start('api');
  for (const one of [...sent, ...sent]) expect([200, 202]).toContain((await send(one)).status);

  const counts = async () => {
    const { rows } = await sql<{ deliveries: number; started: number; builds: number }>`
      SELECT (SELECT count(*)::int FROM webhook_deliveries) AS deliveries,
        (SELECT count(*)::int FROM webhook_deliveries WHERE delivery_status = 'started') AS started,
        (SELECT count(*)::int FROM builds) AS builds`.execute(db.admin);
    return rows[0]!;
  };
  while ((await counts()).started < sent.length) await sleep(50);
  expect(await counts()).toEqual({ deliveries: 20, started: 20, builds: 20 });
});

it('answers bodies that are broken in any way without a fault of its own, and its memory stays flat', async () => {
  const statuses = new Map<number, number>();
  const some = async (count: number): Promise<void> => {
    let left = count;
    const sender = async (): Promise<void> => {
      while (left-- > 0) {
        const response = await send(mutated());
        await response.arrayBuffer();
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sender));
  };
  await some(MUTATED / 2);
  const before = residentMb();
  await some(MUTATED / 2);

  expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([]);
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(MUTATED);
  expect(statuses.get(422)).toBeGreaterThan(MUTATED / 10);
  expect(residentMb() - before).toBeLessThan(60);
});

/** A push that is broken somewhere, signed as it is so that it is read. */
function mutated(): SentDelivery {
  const intact = Buffer.from(JSON.stringify(PUSH));
  const at = Math.floor(Math.random() * intact.length);
  const put = (bytes: Buffer) => Buffer.concat([intact.subarray(0, at), bytes, intact.subarray(at)]);
  const bodies = [
    () => {
      const changed = Buffer.from(intact);
      changed[at] = (changed[at] ?? 0) ^ (1 + Math.floor(Math.random() * 255));
      return changed;
    },
    () => intact.subarray(0, at),
    () => put(Buffer.from('['.repeat(5_000))),
    () => put(Buffer.from('{"__proto__":{"a":'.repeat(100))),
    () => put(Buffer.from('"\\u0000\\ud800"')),
    () => Buffer.from(JSON.stringify({ ...PUSH, message: '\u0000\ud800'.repeat(20) })),
    () => Buffer.from(JSON.stringify({ ...PUSH, author: 'x'.repeat(100_000) })),
  ];
  const body = bodies[Math.floor(Math.random() * bodies.length)]!();
  return sentBy('generic', '', body, { secret: SECRET });
}

function residentMb(): number {
  const pages = Number(readFileSync(`/proc/${api.pid}/statm`, 'utf8').split(' ')[1]);
  return (pages * 4096) / 1024 / 1024;
}
