import { afterAll, beforeAll, expect, test } from 'vitest';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Build } from '../../src/contracts/builds.js';
import { ENTRY, hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';

const SECRET = `secret-${randomBytes(12).toString('hex')}`;
const SECRET_SHA256 = createHash('sha256').update(SECRET).digest('hex');

let folder: string;
let backup: string;
let keyring: string;
let kiln: TestKiln;
let old: { first: Build; secretBuild: Build; running: Build };

const useSecret = (): string =>
  `FROM ${kiln.baseImage}\nRUN --mount=type=secret,id=token sha256sum /run/secrets/token`;
const cli = (...args: string[]) =>
  runKiln(args, { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token });

/** A Kiln with a build of a context, a build with a secret and one that runs; backed up meanwhile, then gone. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-backup-'));
  [backup, keyring] = [join(folder, 'backup'), join(folder, 'keys', 'keyring.json')];
  kiln = await startKiln();
  await kiln.json('POST', '/v1/projects', { slug: 'scenario' });
  await kiln.call('PUT', '/v1/secrets/token', { value: SECRET });
  const context = join(folder, 'context');
  mkdirSync(context);
  writeFileSync(join(context, 'Dockerfile'), `FROM ${kiln.baseImage}\nCOPY greeting /\n`);
  writeFileSync(join(context, 'greeting'), 'hello\n');
  const sent = await cli('build', context, '--project', 'scenario');
  if (sent.code !== 0) throw new Error(sent.stderr);
  const secretBuild = await kiln.build(useSecret(), { secrets: [{ id: 'token', name: 'token' }] });
  await kiln.until(secretBuild.id, hasEnded);
  const accepted = await kiln.build(`FROM ${kiln.baseImage}\nRUN echo started && sleep 15 && echo over`);
  await kiln.until(accepted.id, async () => (await kiln.log(accepted.id)).includes('started'));

  const made = await runKiln(['backup', backup, '--state', kiln.stateFolder, '--with-keyring', keyring]);
  if (made.code !== 0) throw new Error(made.stderr);

  const { items } = await kiln.json<{ items: Build[] }>('GET', '/v1/builds');
  old = {
    first: items.find((build) => build.build_number === 1)!,
    secretBuild: await kiln.json('GET', `/v1/builds/${secretBuild.id}`),
    running: await kiln.json('GET', `/v1/builds/${accepted.id}`),
  };
  await kiln.stop();
}, 300_000);

afterAll(async () => {
  await kiln.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

test('the backup is whole under its name, for its owner alone, and holds no key, token or password', () => {
  expect(old.running.status).toBe('in_progress');
  expect(readdirSync(folder).filter((name) => name.includes('incomplete'))).toEqual([]);
  expect(readdirSync(backup).sort()).toEqual([
    'contents.tar',
    'database.dump',
    'manifest.json',
    'registry.tar',
  ]);
  for (const name of readdirSync(backup)) expect(statSync(join(backup, name)).mode & 0o777).toBe(0o600);
  expect(statSync(backup).mode & 0o777).toBe(0o700);
  expect(statSync(keyring).mode & 0o777).toBe(0o600);
  const { keys } = JSON.parse(readFileSync(keyring, 'utf8')) as { keys: Record<string, string> };
  const bytes = Buffer.concat(readdirSync(backup).map((name) => readFileSync(join(backup, name))));
  for (const key of [...Object.values(keys), SECRET, kiln.access.token]) {
    expect(bytes.includes(key)).toBe(false);
    expect(bytes.includes(Buffer.from(key, 'base64'))).toBe(false);
  }
});

test('a restore without the keyring says which secrets cannot be opened; it replaces nothing unless it is told to', async () => {
  const state = join(folder, 'without-keyring');
  const restored = await runKiln(['restore', backup, '--state', state]);
  expect(restored.code).toBe(1);
  expect(restored.stdout).toMatch(/✗ keys .*\n.*secret token of default: the key \S+ is missing/);

  const again = await runKiln(['restore', backup, '--state', state]);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('holds the state of a Kiln already');
  expect(again.stderr).toContain('--force');
  rmSync(state, { recursive: true });
}, 120_000);

test('a restored Kiln passes the check, serves its images, opens its secrets, and goes on', async () => {
  const state = join(folder, 'restored');
  const restored = await runKiln(['restore', backup, '--state', state, '--keyring', keyring, '--json']);
  expect(restored).toMatchObject({ code: 0 });
  expect(JSON.parse(restored.stdout)).toMatchObject({
    ok: true,
    builds_queued_again: 1,
    leases_ended: 1,
    contents_missing: 0,
    set_aside: [],
  });

  kiln = await startKiln({}, state);
  expect(kiln.access.registry).toBe(old.first.destinations[0]!.split('/')[0]);

  expect(await kiln.json<Build>('GET', `/v1/builds/${old.first.id}`)).toEqual(old.first);

  // It sleeps in one slot; the others go through the other one meanwhile.
  const ended = kiln.until(old.running.id, hasEnded, 90_000);
  const next = await kiln.build(`FROM ${old.first.result.output_image_url}\nRUN cat /greeting`);
  const opened = await kiln.build(`${useSecret()}\nRUN echo again`, {
    secrets: [{ id: 'token', name: 'token' }],
    cache_enabled: false,
  });
  const sentAgain = cli('build', join(folder, 'context'), '--project', 'scenario');

  const revived = await ended;
  expect(revived).toMatchObject({ status: 'success', attempts: 2, build_number: old.running.build_number });
  const ends = await kiln.query(
    `SELECT to_status FROM build_status_history WHERE build_id = $1 AND to_status IN ('success', 'failed', 'cancelled')`,
    [revived.id],
  );
  expect(ends).toEqual([{ to_status: 'success' }]);

  expect(next.build_number).toBe(old.running.build_number + 1);
  expect(await kiln.until(next.id, hasEnded)).toMatchObject({ status: 'success' });
  expect(await kiln.log(next.id)).toContain('hello');

  await kiln.until(opened.id, hasEnded);
  expect(await kiln.log(opened.id)).toContain(SECRET_SHA256);

  expect(await sentAgain).toMatchObject({ code: 0 });

  const verified = await runKiln(['verify', '--all', '--registry', '--state', state]);
  expect(verified).toMatchObject({ code: 0 });
  expect(verified.stdout).not.toContain('✗');
}, 240_000);

test('a restore over a Kiln that is there sets it aside and leaves nothing of its life in force', async () => {
  const state = join(folder, 'restored');
  await kiln.stop({ keepState: true });
  const restored = await runKiln(['restore', backup, '--state', state, '--force', '--json']);
  expect(restored).toMatchObject({ code: 0 });
  const { set_aside } = JSON.parse(restored.stdout) as { set_aside: string[] };
  expect(set_aside.length).toBeGreaterThanOrEqual(4);
  const [database, ...folders] = set_aside;
  expect(database).toMatch(/^database kiln_before_/);
  expect(folders.every((path) => existsSync(path))).toBe(true);

  kiln = await startKiln({}, state);
  expect(await kiln.until(old.running.id, hasEnded, 90_000)).toMatchObject({
    status: 'success',
    attempts: 2,
  });
}, 240_000);

test('a restore that is killed in the middle leaves a mark that `kiln up` heeds, and a second one works', async () => {
  const state = join(folder, 'killed');
  await kiln.stop();
  const child = spawn(process.execPath, [ENTRY, 'restore', backup, '--state', state], { stdio: 'ignore' });
  const gone = new Promise((resolve) => child.once('close', resolve));
  while (!existsSync(join(state, 'restore.json'))) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 300));
  child.kill('SIGKILL');
  await gone;

  const up = await runKiln(['up', '--state', state]);
  expect(up.code).toBe(2);
  expect(up.stderr).toContain('kiln restore');

  const second = await runKiln(['restore', backup, '--state', state, '--keyring', keyring]);
  expect(second).toMatchObject({ code: 0 });
  expect((await runKiln(['verify', '--state', state])).code).toBe(0);
}, 240_000);
