import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Build } from '../../src/contracts/builds.js';
import { scheduleBellId } from '../../workflows/contract.js';
import type { Schedule, Tick } from '../../src/contracts/schedules.js';
import { EMBEDDED_NAMESPACE } from '../../src/embedded/services/temporal.js';
import { GitHttpServer } from '../support/git-http-server.js';
import { Repository } from '../support/git-repository.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';

const MINUTE_MS = 60_000;
const folder = mkdtempSync(path.join(tmpdir(), 'kiln-schedules-'));
const http = new GitHttpServer(folder);
let kiln: TestKiln;
let settings: Record<string, string>;

beforeAll(async () => {
  await http.start();
  new Repository(path.join(folder, 'app')).commit({ Dockerfile: 'FROM scratch\n' });
  settings = {
    ...{ KILN_ALLOWED_NETWORKS: '127.0.0.0/8', KILN_INSECURE_GIT_HOSTS: http.host },
    KILN_STUB_ENGINE: 'true',
  };
  kiln = await startKiln(settings);
  await kiln.json('POST', '/v1/projects', { slug: 'app' });
}, 180_000);
afterAll(async () => {
  await kiln.stop();
  await http.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** What `kiln schedules` says, as JSON; rejects with what it complains of. */
async function schedules<Answer>(...argv: string[]): Promise<Answer> {
  const { code, stdout, stderr } = await runKiln(['schedules', ...argv, '--json'], {
    ...{ KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token },
  });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Answer;
}
const add = (name: string, cron: string, ...more: string[]): Promise<Schedule> =>
  schedules(
    'add',
    `app/${name}`,
    '--cron',
    cron,
    '--git',
    `${http.url}/app/.git`,
    '--branch',
    'main',
    ...more,
  );
const ticksOf = async (name: string): Promise<Tick[]> =>
  (await kiln.json<{ items: Tick[] }>('GET', `/v1/projects/app/schedules/${name}/ticks`)).items;
async function eventually<T>(look: () => Promise<T | undefined>, forMs: number): Promise<T> {
  for (const deadline = Date.now() + forMs; ; await sleep(200)) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`it did not come to that within ${String(forMs)} ms`);
  }
}
const state = <Content>(file: string): Content =>
  JSON.parse(readFileSync(path.join(kiln.stateFolder, file), 'utf8')) as Content;
/** `kiln up` first, for it starts again what ends. */
function killAll(): void {
  process.kill(state<{ pid: number }>('up.json').pid, 'SIGKILL');
  for (const name of readdirSync(path.join(kiln.stateFolder, 'services'))) {
    const { process: one } = state<{ process?: { pid: number } }>(`services/${name}`);
    if (one !== undefined) process.kill(one.pid, 'SIGKILL');
  }
}
/** The Temporal Schedules of schedules. */
async function openBells() {
  const { ports } = state<{ ports: { grpc: number } }>('services/temporal.json');
  const connection = await Connection.connect({ address: `127.0.0.1:${String(ports.grpc)}` });
  const { schedule: bells } = new Client({ connection, namespace: EMBEDDED_NAMESPACE });
  return {
    bell: ({ id }: Schedule) => bells.getHandle(scheduleBellId(id)),
    close: () => connection.close(),
  };
}
/** What has come of a time, once that is known. */
const atTime = async (name: string, at: number): Promise<Tick | undefined> =>
  (await ticksOf(name)).find(
    ({ scheduled_at, status }) =>
      Date.parse(scheduled_at) === at && status !== 'due' && status !== 'starting',
  );

test('`kiln schedules run` builds at once', async () => {
  await add('yearly', '@yearly');
  const build = await schedules<Build>('run', 'app/yearly');
  expect(build).toMatchObject({
    trigger_type: 'schedule',
    trigger_source: 'schedule yearly, run by hand',
  });
  expect((await kiln.until(build.id, hasEnded)).status).toBe('success');
  expect(await ticksOf('yearly')).toMatchObject([{ kind: 'run_now', status: 'started', build_id: build.id }]);
}, 120_000);

test('what somebody has changed or deleted in Temporal is put right when the controller starts', async () => {
  const [deleted, changed] = [await add('deleted', '@monthly'), await add('changed', '@monthly')];
  const { bell, close } = await openBells();
  for (const one of [deleted, changed]) await eventually(() => bell(one).describe(), 30_000);
  await bell(deleted).delete();
  await bell(changed).update((before) => ({ ...before, state: { ...before.state, paused: true } }));

  kiln.kill('controller');

  await eventually(() => bell(deleted).describe(), MINUTE_MS);
  await eventually(async () => ((await bell(changed).describe()).state.paused ? undefined : true), MINUTE_MS);
  await close();
}, 180_000);

test('a time at which everything was dead is built once when Kiln is back', async () => {
  const minutely = await add('minutely', '* * * * *', '--overlap', 'allow_all', '--catch-up', '5m');
  const { bell, close } = await openBells();
  await eventually(() => bell(minutely).describe(), 30_000);
  await close();
  // The time is one at which the schedule was there already and Kiln surely dead.
  const missed = Math.ceil((Date.now() + 2_000) / MINUTE_MS) * MINUTE_MS;
  killAll();
  await sleep(missed + 1_000 - Date.now());
  kiln = await startKiln(settings, kiln.stateFolder);

  const caught = await eventually(() => atTime('minutely', missed), 2 * MINUTE_MS);
  await schedules('pause', 'app/minutely');
  expect(caught).toMatchObject({ kind: 'clock', status: 'started', build_id: expect.any(String) as string });
  const build = await kiln.until(caught.build_id!, hasEnded);
  const source = `schedule minutely, ${caught.scheduled_at.slice(0, 16).replace('T', ' ')} UTC`;
  expect(build).toMatchObject({ status: 'success', trigger_type: 'schedule', trigger_source: source });
  const made = await kiln.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM build_triggers WHERE trigger_source = $1`,
    [source],
  );
  expect(made).toEqual([{ n: 1 }]);
}, 240_000);
