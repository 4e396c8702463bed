import { afterAll, beforeAll, expect, test } from 'vitest';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../bin/kiln.cjs', import.meta.url));
let stateFolder: string;
beforeAll(() => {
  stateFolder = mkdtempSync(join(tmpdir(), 'kiln-up-'));
});
afterAll(async () => {
  await kiln('down', '--state', stateFolder);
  rmSync(stateFolder, { recursive: true, force: true });
}, 60_000);

const kiln = async (...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> => {
  const child = spawn(process.execPath, [ENTRY, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr += data));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
};

const servicePids = (): number[] =>
  readdirSync(join(stateFolder, 'services'))
    .map((name) => JSON.parse(readFileSync(join(stateFolder, 'services', name), 'utf8')))
    .flatMap((record: { process?: { pid: number } }) =>
      record.process === undefined ? [] : [record.process.pid],
    );
/** Waits the first time that it runs alone: its cache remembers. */
const WAITS_ONCE =
  'RUN --mount=type=cache,target=/seen,mode=0777 if mkdir /seen/once; then echo waits; sleep 600; fi';
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

interface Demo {
  readonly status: string;
  readonly digest: string;
  readonly cached_steps: number;
  readonly image: string;
}
const demo = async (...args: string[]): Promise<Demo> => {
  const { code, stdout, stderr } = await kiln('demo', '--json', '--state', stateFolder, ...args);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Demo;
};

/** That the last test has left serving; only the first test and the last leave nothing running. */
let kept: Demo;

test('the demo builds a real image, leaves nothing running, and finds its state again', async () => {
  const first = await demo();
  expect(first).toMatchObject({ status: 'success', digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
  expect(servicePids().filter(isAlive)).toEqual([]);

  kept = await demo('--keep');
  expect(kept.digest).toBe(first.digest);
  expect(kept.cached_steps).toBeGreaterThan(0);
}, 300_000);

test('a start after a kill -9 of `kiln up` ends the orphans and serves what was there', async () => {
  const { pid } = JSON.parse(readFileSync(join(stateFolder, 'up.json'), 'utf8')) as { pid: number };
  const orphans = servicePids();
  process.kill(pid, 'SIGKILL');
  expect(orphans.filter(isAlive)).toEqual(orphans);

  const after = await demo('--keep');
  expect(orphans.filter(isAlive)).toEqual([]);
  expect(after.digest).toBe(kept.digest);
}, 300_000);

test('a demo on a Kiln that serves leaves it serving and says so; a second `kiln up` is refused with a way out', async () => {
  const second = await kiln('up', '--state', stateFolder);
  expect(second.code).toBe(2);
  expect(second.stderr).toMatch(/serves from .*\n.*kiln down --state/);

  const { stdout } = await kiln('demo', '--state', stateFolder);
  expect(stdout.trimEnd().split('\n').at(-1)).toContain('Kiln serves on');
  expect(servicePids().filter(isAlive)).toHaveLength(8);
}, 300_000);

test('a build that an orderly stop interrupts is tried again at the next start and ends well', async () => {
  const access = (): { api_url: string; token: string } =>
    JSON.parse(readFileSync(join(stateFolder, 'cli.json'), 'utf8'));
  const call = async (method: string, path: string, body?: unknown): Promise<string> => {
    const { api_url, token } = access();
    const answer = await fetch(`${api_url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answer.text();
  };
  interface Progress {
    readonly id: string;
    readonly status: string;
    readonly attempts: number;
  }
  const until = async (path: string, holds: (answer: string) => boolean): Promise<string> => {
    for (let tries = 0; tries < 900; tries += 1) {
      const answer = await call('GET', path);
      if (holds(answer)) return answer;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${path} did not get there in 90 s.`);
  };
  const accepted = await call('POST', '/v1/projects/hello/builds', {
    source: { kind: 'inline' },
    options: { dockerfile_inline: `FROM ${kept.image}\n${WAITS_ONCE}` },
  });
  const path = `/v1/builds/${(JSON.parse(accepted) as Progress).id}`;
  await until(`${path}/log`, (log) => /^waits$/m.test(log));

  const orphans = servicePids();
  expect((await kiln('down', '--state', stateFolder)).stdout).toContain('Stopped');
  expect(orphans.filter(isAlive)).toEqual([]);
  await demo('--keep');

  const ended = await until(path, (build) =>
    ['success', 'failed', 'cancelled'].includes((JSON.parse(build) as Progress).status),
  );
  expect(JSON.parse(ended)).toMatchObject({ status: 'success', attempts: 2 });
  await kiln('down', '--state', stateFolder);
}, 300_000);
