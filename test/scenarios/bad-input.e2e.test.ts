import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startKiln, type TestKiln } from './kiln.js';

const ENTRY = fileURLToPath(new URL('../../bin/kiln.cjs', import.meta.url));
const UPLOAD_LIMIT = 1_000_000;

let kiln: TestKiln;
let folder: string;
beforeAll(async () => {
  kiln = await startKiln({ KILN_UPLOAD_MAX_BYTES: String(UPLOAD_LIMIT) });
}, 300_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-context-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Answer {
  readonly code: number | null;
  readonly text: string;
}

/** `kiln build` of the folder, as a person types it. */
const build = async (args: string[] = [], env: Record<string, string> = {}): Promise<Answer> => {
  const child = spawn(process.execPath, [ENTRY, 'build', folder, '--project', 'bad-input', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token, ...env },
  });
  let text = '';
  child.stdout.on('data', (data) => (text += data));
  child.stderr.on('data', (data) => (text += data));
  return { code: await new Promise<number | null>((resolve) => child.once('close', resolve)), text };
};
const write = (name: string, content: string | Buffer): void => writeFileSync(join(folder, name), content);
const openBuilds = async (): Promise<unknown[]> =>
  kiln.query(`SELECT id FROM builds WHERE status IN ('queued', 'in_progress')`);
const leases = async (): Promise<unknown[]> => kiln.query(`SELECT id FROM leases`);

test('a folder without a Dockerfile is refused, naming the path and the option', async () => {
  write('readme.txt', 'nothing to build');
  const { code, text } = await build();
  expect(code).toBe(2);
  expect(text).toContain('Dockerfile');
  expect(text).toContain('--file');
});

test('a misspelt instruction is refused with line and column before a slot is spent', async () => {
  const before = await leases();
  write('Dockerfile', `FROM ${kiln.baseImage}\n\nRUNN echo hello\n`);
  const { code, text } = await build();
  expect(code).toBe(2);
  expect(text).toMatch(/line 3, column 1/);
  expect(text).toMatch(/did you mean RUN\?/i);
  expect(await leases()).toEqual(before);
});

test('a Dockerfile path that leads out of the context is refused', async () => {
  write('Dockerfile', 'FROM scratch');
  const answer = await kiln.call('POST', '/v1/projects/bad-input/builds', {
    source: { kind: 'inline' },
    options: { dockerfile: '../../etc/passwd' },
  });
  expect(answer.status).toBe(422);
  expect(await answer.json()).toMatchObject({
    code: 'path_escapes_context',
    fields: [{ field: 'options.dockerfile' }],
  });
});

test('a link that leads out of the context never reaches the build', async () => {
  mkdirSync(join(folder, 'sub'));
  symlinkSync('/etc/passwd', join(folder, 'sub', 'stolen'));
  write('Dockerfile', `FROM ${kiln.baseImage}\nCOPY sub/stolen /stolen\nRUN cat /stolen\n`);
  const { code, text } = await build();
  expect(code).not.toBe(0);
  expect(text).not.toContain('root:x:0:0');
});

test('a context over the limit is refused, and the remedy is named', async () => {
  write('Dockerfile', 'FROM scratch');
  write('blob', Buffer.from(Array.from({ length: UPLOAD_LIMIT * 2 }, () => Math.floor(Math.random() * 256))));
  const { code, text } = await build();
  expect(code).toBe(2);
  expect(text).toContain('.dockerignore');
});

test('a wrong token is refused, and where to find the right one is told', async () => {
  write('Dockerfile', 'FROM scratch');
  const { code, text } = await build([], { KILN_TOKEN: 'kiln_wrong' });
  expect(code).toBe(2);
  expect(text).toMatch(/token/i);
});

test('an api that does not answer is told apart from a refusal', async () => {
  write('Dockerfile', 'FROM scratch');
  const { code, text } = await build([], { KILN_API_URL: 'http://127.0.0.1:1' });
  expect(code).toBe(5);
  expect(text).toContain('http://127.0.0.1:1');
});

test('nothing that was refused is left waiting', async () => {
  expect(await openBuilds()).toEqual([]);
});
