import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { linkOrCopy, moveFiles } from '../../../src/engines/paketo/across-mounts.js';

/* /dev/shm is a mount of its own on every Linux; where it cannot be written, only one mount is left to try. */
const here = mkdtempSync(join(tmpdir(), 'kiln-mounts-'));
const there = mkdtempSync('/dev/shm/kiln-mounts-');
afterAll(() => {
  for (const folder of [here, there]) rmSync(folder, { recursive: true, force: true });
});
const isRoot = process.getuid?.() === 0;

test.each([
  ['on one mount', here],
  ['between mounts', there],
])('files are given on %s, with their owner', (_where, target) => {
  const from = join(here, `from-${target === here}`);
  mkdirSync(from);
  writeFileSync(join(from, 'layer'), 'bytes', { mode: 0o600 });
  if (isRoot) chownSync(join(from, 'layer'), 1234, 1235);
  linkOrCopy(join(from, 'layer'), join(target, 'linked'));
  moveFiles(from, join(target, 'moved'));
  expect(existsSync(from)).toBe(false);
  for (const place of ['linked', 'moved/layer']) {
    const { uid, gid, mode } = statSync(join(target, place));
    expect(readFileSync(join(target, place), 'utf8')).toBe('bytes');
    expect([uid, gid, mode & 0o777]).toEqual([
      ...(isRoot ? [1234, 1235] : [process.getuid?.(), process.getgid?.()]),
      0o600,
    ]);
  }
});
