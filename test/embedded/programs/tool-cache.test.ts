import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Bundle } from '../../../src/embedded/programs/declaration.js';
import {
  bundleFolder,
  defaultCacheFolder,
  installBundle,
} from '../../../src/embedded/programs/tool-cache.js';

let cacheFolder: string;

beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'kiln-cache-'));
});

afterEach(async () => {
  await rm(cacheFolder, { recursive: true, force: true });
});

function aBundle(install: Bundle['install']): Bundle {
  return { name: 'tool', version: '1.0', means: 'test', install };
}

describe('installBundle', () => {
  test('a failed install leaves nothing behind', async () => {
    const bundle = aBundle(async ({ folder }) => {
      await writeFile(join(folder, 'half'), '');
      throw new RangeError('the network went away');
    });

    await expect(installBundle(cacheFolder, bundle, () => undefined)).rejects.toThrow(
      'the network went away',
    );

    expect(await readdir(join(cacheFolder, 'tools', 'tool'))).toEqual([]);
  });

  test('two at once install once', async () => {
    let installs = 0;
    const bundle = aBundle(async ({ folder }) => {
      installs += 1;
      await writeFile(join(folder, 'done'), '');
    });

    await Promise.all([1, 2].map(() => installBundle(cacheFolder, bundle, () => undefined)));

    expect(installs).toBe(1);
    expect(await readdir(bundleFolder(cacheFolder, bundle))).toEqual(['done']);
  });

  test('the lock of a process that is gone does not stop it', async () => {
    const bundle = aBundle(async ({ folder }) => writeFile(join(folder, 'done'), ''));
    await mkdir(join(cacheFolder, 'tools', 'tool'), { recursive: true });
    await writeFile(
      `${bundleFolder(cacheFolder, bundle)}.lock`,
      JSON.stringify({ pid: process.pid, startTime: 'the start of an earlier process' }),
    );

    await installBundle(cacheFolder, bundle, () => undefined);

    expect(await readdir(join(cacheFolder, 'tools', 'tool'))).toEqual(['1.0']);
  });
});

describe('defaultCacheFolder', () => {
  test.each([
    [{ KILN_CACHE_DIR: '/srv/kiln', XDG_CACHE_HOME: '/x' }, 1000, '/srv/kiln'],
    [{}, 0, '/var/cache/kiln'],
    [{ XDG_CACHE_HOME: '/home/ada/.caches' }, 1000, '/home/ada/.caches/kiln'],
  ])('with %j as user %i it is %s', (env, userId, folder) => {
    expect(defaultCacheFolder(env, userId)).toBe(folder);
  });
});
