import { NO_REGISTRIES } from '../../src/embedded/services/buildkit-registries.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { execa } from 'execa';
import { cacheSize } from '../../src/adapters/buildkit/cache-size.js';
import { pruneCache, shrinkCache } from '../../src/adapters/buildkit/prune-cache.js';
import { provideBaseImage } from '../../src/embedded/base-image.js';
import { ensurePrograms } from '../../src/embedded/programs.js';
import { buildkitRoot } from '../../src/embedded/services/buildkit-root.js';
import { type RunningBuildkit, startBuildkit } from '../../src/embedded/services/buildkit.js';
import { type RunningRegistry, startRegistry } from '../../src/embedded/services/registry.js';

let stateFolder: string;
let registry: RunningRegistry;
let buildkit: RunningBuildkit;
let base: string;
beforeAll(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'kiln-prune-'));
  registry = await startRegistry({ stateFolder, programs: await ensurePrograms(['registry']) });
  const programs = await ensurePrograms(['buildkitd', 'buildctl', 'runc']);
  buildkit = await startBuildkit({
    stateFolder,
    root: buildkitRoot(stateFolder, 'one'),
    programs,
    registries: { ...NO_REGISTRIES, plainHttp: [registry.address] },
    ownRegistry: registry.address,
  });
  base = (await provideBaseImage({ registryUrl: registry.url })).reference;
}, 900_000);
afterAll(async () => {
  await buildkit.stop();
  await registry.stop();
  await rm(stateFolder, { recursive: true, force: true });
});

/** How many things the cache holds. */
async function cached(): Promise<number> {
  const args = ['--addr', buildkit.address, 'du', '--format', '{{range .}}{{.ID}} {{end}}'];
  const { stdout } = await execa(buildkit.buildctlPath, args);
  return stdout.split(' ').filter((id) => id !== '').length;
}

/** Fills the cache with the hello example. */
async function buildHello(): Promise<void> {
  const folder = 'examples/hello';
  await execa(buildkit.buildctlPath, [
    ...['--addr', buildkit.address, 'build', '--frontend', 'dockerfile.v0'],
    ...['--opt', `build-arg:BASE=${base}`, '--opt', 'force-network-mode=none'],
    ...['--local', `context=${folder}`, '--local', `dockerfile=${folder}`],
  ]);
}

const never = new AbortController().signal;

test('BuildKit keeps its cache while there is room, and gives it up where there is none', async () => {
  await buildHello();
  const before = await cached();
  expect(before).toBeGreaterThan(0);

  await pruneCache(buildkit.buildctlPath, buildkit.address, 1_000_000, never);
  // Where just enough is free BuildKit drops the record that it has used longest ago, and no other.
  expect(await cached()).toBeGreaterThanOrEqual(before - 1);

  await pruneCache(buildkit.buildctlPath, buildkit.address, 1e15, never);
  expect(await cached()).toBe(0);
});

test('a cache tells its size, shrinks to what it is told to keep, and to nothing', async () => {
  await buildHello();
  const full = await cacheSize(buildkit.buildctlPath, buildkit.address);
  expect(full).toBeGreaterThan(1e6);

  await shrinkCache(buildkit.buildctlPath, buildkit.address, full + 1e6, never);
  expect(await cacheSize(buildkit.buildctlPath, buildkit.address)).toBe(full);

  await shrinkCache(buildkit.buildctlPath, buildkit.address, 1e6, never);
  const shrunk = await cacheSize(buildkit.buildctlPath, buildkit.address);
  expect(shrunk).toBeLessThanOrEqual(1e6);

  await shrinkCache(buildkit.buildctlPath, buildkit.address, 0, never);
  expect(await cached()).toBe(0);
});
