import { chmod, chown, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { socketPath } from '../../src/embedded/socket-path.js';

let temporary: string;
const deep = `/state/${'x'.repeat(100)}`;

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'kiln-socket-'));
});

afterEach(async () => {
  await rm(temporary, { recursive: true, force: true });
});

const shortPath = (): Promise<string> =>
  socketPath({ folder: deep, name: 'supervisor.sock' }, deep, temporary);

test('a socket lies where it is wanted when that path is short enough', async () => {
  const path = await socketPath({ folder: '/state', name: 'supervisor.sock' }, '/state', temporary);

  expect(path).toBe('/state/supervisor.sock');
});

test('a socket whose path is too long lies in a folder of its own that only this user enters', async () => {
  const path = await shortPath();

  expect(Buffer.byteLength(path)).toBeLessThan(100);
  expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
});

test('a folder of that name which others may enter is closed', async () => {
  const folder = dirname(await shortPath());
  await chmod(folder, 0o755);

  await shortPath();

  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test('a link under that name is refused', async () => {
  const folder = dirname(await shortPath());
  await rm(folder, { recursive: true });
  await symlink(await mkdtemp(join(temporary, 'elsewhere-')), folder);

  await expect(shortPath()).rejects.toMatchObject({ code: 'service_start_failed' });
});

(process.getuid?.() === 0 ? test : test.skip)('a folder of another user is refused', async () => {
  const folder = dirname(await shortPath());
  await mkdir(folder, { recursive: true });
  await chown(folder, 65_534, 65_534);

  await expect(shortPath()).rejects.toThrow('is not a folder of this user');
});
