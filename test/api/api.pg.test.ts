import type { Upload } from '../../src/contracts/uploads.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Build } from '../../src/contracts/builds.js';
import { createBuildStore } from '../../src/storage/builds/build-store.js';
import { createLogReader } from '../../src/storage/builds/log-reader.js';
import { openChangeFeed } from '../../src/storage/change-feed.js';
import { type Database, openDatabase } from '../../src/storage/database.js';
import { createDispatcher } from '../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../src/storage/dispatch/lease-gate.js';
import { bootstrap } from '../../src/storage/identity/bootstrap.js';
import { createContentIndex } from '../../src/storage/contents/content-index.js';
import { createProjectStore } from '../../src/storage/identity/project-store.js';
import { createTokenStore } from '../../src/storage/identity/token-store.js';
import { createUploadStore } from '../../src/storage/identity/upload-store.js';
import { setupDatabase } from '../../src/storage/setup.js';
import { startTestPostgres, type TestPostgres } from '../support/postgres.js';
import { readEvents } from './support/event-reader.js';
import { aContext, framed } from './support/a-context.js';
import { type ApiUnderTest, type SendOptions, startApi } from './support/running-api.js';
import { A_HEARTBEAT, A_HOST_ID } from '../support/host-offer.js';

const API_TOKEN = 'kiln_api-token-of-the-test';
const WORKER_TOKEN = 'kilnw_worker-token-of-the-test';

let postgres: TestPostgres;
let databases: Database[];
let controller: Database;
let api: ApiUnderTest;
let closeFeed: () => Promise<void>;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const passwords = { api: 'api-password', controller: 'controller-password' };
  const urls = await setupDatabase({ adminUrl: postgres.adminUrl, database: 'kiln', passwords });
  const admin = openDatabase({ url: urls.admin });
  controller = openDatabase({ url: urls.controller });
  const db = openDatabase({ url: urls.api });
  databases = [admin, controller, db];
  await bootstrap(admin, { apiToken: API_TOKEN, workerToken: WORKER_TOKEN, workerName: 'local-1', slots: 1 });
  const changes = openChangeFeed({ url: urls.api });
  closeFeed = () => changes.close();
  api = await startApi({
    tokens: createTokenStore(db),
    projects: createProjectStore(db),
    uploads: createUploadStore(db),
    contents: createContentIndex(db),
    builds: createBuildStore(db),
    logs: createLogReader(db),
    leases: createLeaseGate(db),
    changes,
  });
});

afterAll(async () => {
  await api.close();
  await closeFeed();
  for (const database of databases) await database.destroy();
  await postgres.stop();
});

async function call<Answer>(path: string, options: SendOptions = {}): Promise<Answer> {
  const response = await api.send(path, { token: API_TOKEN, ...options });
  const text = await response.text();
  if (!response.ok) expect(`${response.status} ${text}`).toBe('a success');
  return (text === '' ? null : JSON.parse(text)) as Answer;
}

const post = <Answer>(path: string, body: unknown, options: SendOptions = {}): Promise<Answer> =>
  call(path, { method: 'POST', body, ...options });

const inline = { source: { kind: 'inline' }, options: { dockerfile_inline: 'FROM scratch' } };

it('walks a build from its project to its last log line', async () => {
  await post('/v1/projects', { slug: 'walk' });
  const build = await post<Build>('/v1/projects/walk/builds', inline, {
    headers: { 'idempotency-key': 'walk-1' },
  });
  const again = await post<Build>('/v1/projects/walk/builds', inline, {
    headers: { 'idempotency-key': 'walk-1' },
  });
  expect([again.id, build.status, build.build_number]).toEqual([build.id, 'queued', 1]);

  const { worker_id: workerId } = await post<{ worker_id: string }>(
    '/internal/v1/worker/heartbeat',
    A_HEARTBEAT,
    { token: WORKER_TOKEN },
  );
  expect(workerId).toMatch(/^[0-9a-f-]{36}$/);
  const answer = await createDispatcher(controller).requestLease(build.id);
  if (answer.kind !== 'granted') return expect(answer.kind).toBe('granted');
  const { leaseId, fence } = answer.lease;
  const { lease_token: token } = await post<{ lease_token: string }>(
    `/internal/v1/leases/${leaseId}/acknowledge`,
    { fence, host_id: A_HOST_ID },
    { token: WORKER_TOKEN },
  );

  const events = readEvents(
    await api.send(`/v1/builds/${build.id}/log/events`, { token: API_TOKEN }),
    (seen) => seen.length >= 2,
  );
  const lines = ['first line\n', 'second line \u00e9\n'];
  for (const [chunk, line] of lines.entries()) {
    await post(
      `/internal/v1/leases/${leaseId}/log`,
      {
        fence,
        chunks: [
          {
            chunk,
            step_number: null,
            log_level: 'INFO',
            first_line: chunk + 1,
            line_count: 1,
            offset_bytes: chunk === 0 ? 0 : lines[0]?.length,
            logged_at: new Date().toISOString(),
            content_base64: Buffer.from(line).toString('base64'),
          },
        ],
      },
      { token },
    );
  }
  const shown = (await events).map(({ id, data }) => [id, (data as { log_content: string }).log_content]);
  expect(shown).toEqual([
    ['1.0', lines[0]],
    ['1.1', lines[1]],
  ]);
  const text = await (await api.send(`/v1/builds/${build.id}/log`, { token: API_TOKEN })).text();
  expect(text).toBe(lines.join(''));
});

it('shows every record of a build that has just begun in the shape of its contract', async () => {
  await post('/v1/projects', { slug: 'records' });
  const build = await post<Build>('/v1/projects/records/builds', inline);
  for (const part of ['', '/steps', '/layers', '/metrics', '/history', '/attempts']) {
    await call(`/v1/builds/${build.id}${part}`);
  }
  const cancelled = await post<Build>(`/v1/builds/${build.id}/cancel`, undefined);
  expect(cancelled.cancel_requested_at).not.toBeNull();
});

it('walks through pages of builds without gaps or doubles', async () => {
  await post('/v1/projects', { slug: 'pages' });
  for (let number = 0; number < 5; number++) await post('/v1/projects/pages/builds', inline);
  const numbers: number[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await call<{ items: Build[]; next_cursor: string | null }>(
      `/v1/builds?project=pages&limit=2${more}`,
    );
    numbers.push(...page.items.map(({ build_number }) => build_number));
    cursor = page.next_cursor;
  }
  expect(numbers).toEqual([5, 4, 3, 2, 1]);
});

it('refuses a cursor that it did not give', async () => {
  const response = await api.send('/v1/builds?cursor=%27%3B--', { token: API_TOKEN });
  expect([response.status, await response.json()]).toEqual([
    422,
    expect.objectContaining({ code: 'invalid_request' }),
  ]);
});

it('stores an upload once, and a build can use it when nothing is missing', async () => {
  const context = aContext({ Dockerfile: 'FROM scratch\n', 'a/b': 'x' });
  const path = `/v1/uploads/sha256/${context.sha256}`;
  const put = (): Promise<Upload> => call(path, { method: 'PUT', raw: context.list });
  const first = await put();
  expect(first.missing).toEqual([...context.contents.keys()]);
  await post('/v1/projects', { slug: 'uploads' });
  const body = { source: { kind: 'upload', upload_id: first.id } };
  const build = (): Promise<Response> =>
    api.send('/v1/projects/uploads/builds', { method: 'POST', token: API_TOKEN, body });
  expect((await build()).status).toBe(409);

  await call('/v1/contents', { method: 'POST', raw: framed(context.contents) });
  expect(await put()).toEqual({ ...first, missing: [] });
  expect((await build()).status).toBe(202);
});

it('answers 401 to a token that nobody has, and 409 to a slug that is taken', async () => {
  await post('/v1/projects', { slug: 'taken-once' });
  const stranger = await api.send('/v1/me', { token: `${API_TOKEN}x` });
  const taken = await api.send('/v1/projects', {
    method: 'POST',
    token: API_TOKEN,
    body: { slug: 'taken-once' },
  });
  expect([stranger.status, taken.status]).toEqual([401, 409]);
});
