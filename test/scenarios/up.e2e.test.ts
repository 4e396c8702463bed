import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../bin/kiln.mjs', import.meta.url));
let stateFolder: string;
beforeAll(() => {
  stateFolder = mkdtempSync(join(tmpdir(), 'kiln-up-'));
});
afterAll(() => rmSync(stateFolder, { recursive: true, force: true }));

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

test('the demo builds a real image, leaves nothing running, and finds its state again', async () => {
  const first = await demo();
  expect(first).toMatchObject({ status: 'success', digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
  expect(servicePids().filter(isAlive)).toEqual([]);

  const second = await demo();
  expect(second.digest).toBe(first.digest);
  expect(second.cached_steps).toBeGreaterThan(0);
}, 300_000);

test('a start after a kill -9 of `kiln up` ends the orphans and serves what was there', async () => {
  const before = await demo('--keep');
  const { pid } = JSON.parse(readFileSync(join(stateFolder, 'up.json'), 'utf8')) as { pid: number };
  const orphans = servicePids();
  process.kill(pid, 'SIGKILL');
  expect(orphans.filter(isAlive)).toEqual(orphans);

  const after = await demo('--keep');
  expect(orphans.filter(isAlive)).toEqual([]);
  expect(after.digest).toBe(before.digest);

  expect((await kiln('down', '--state', stateFolder)).stdout).toContain('Stopped');
  expect(servicePids().filter(isAlive)).toEqual([]);
}, 300_000);
