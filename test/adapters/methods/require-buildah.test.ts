import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { requireBuildah } from '../../../src/adapters/methods/require-buildah.js';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-buildah-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function aProgram(name: string, says: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\necho "${says}"\n`);
  chmodSync(file, 0o755);
  return file;
}

const runc = aProgram('runc', 'runc version 1.3.6');
const buildah = aProgram('buildah', 'buildah version 1.43.1 (image-spec 1.1.1, runtime-spec 1.2.1)');

if (process.getuid?.() === 0) {
  test('a host with root, buildah and runc offers the method container', async () => {
    await expect(requireBuildah({ buildah, runc })).resolves.toBeUndefined();
  });

  test.each([
    ['no buildah', { buildah: '/nonexistent/buildah', runc }, /KILN_BUILDAH_PATH/],
    ['another program', { buildah: runc, runc }, /is no buildah/],
    [
      'an old one',
      { buildah: aProgram('old', 'buildah version 1.28.2 (x)'), runc },
      /1\.28; needed is 1\.33/,
    ],
    ['no runc', { buildah, runc: '/nonexistent/runc' }, /KILN_RUNC_PATH/],
  ])('%s: the refusal says what to do', async (_, programs, message) => {
    await expect(requireBuildah(programs)).rejects.toMatchObject({
      code: 'program_missing',
      message: expect.stringMatching(message),
    });
  });
} else {
  test('without root it is refused', async () => {
    await expect(requireBuildah({ buildah, runc })).rejects.toThrow(/needs root/);
  });
}
