import { afterEach, beforeEach, expect, test } from 'vitest';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuildkitCaches } from '../../../src/embedded/buildkits/caches.js';
import { BuildkitPool } from '../../../src/embedded/buildkits/pool.js';
import { readUse, writeUse } from '../../../src/embedded/buildkits/root-use.js';
import type { RunningBuildkit } from '../../../src/embedded/services/buildkit.js';
import { buildkitRoot } from '../../../src/embedded/services/buildkit-root.js';

const never = new AbortController().signal;

let stateFolder: string;
let pool: BuildkitPool<RunningBuildkit>;
const reports: string[] = [];
beforeEach(async () => {
  stateFolder = mkdtempSync(join(tmpdir(), 'kiln-caches-'));
  reports.splice(0);
  const start = async (key: string) =>
    ({
      name: key,
      address: `unix:///${key}.sock`,
      exited: new Promise(() => undefined),
      stop: () => Promise.resolve(),
    }) as unknown as RunningBuildkit;
  const deps = {
    start,
    isInUse: async () => false,
    onStopping: async () => undefined,
    report: () => undefined,
  };
  pool = new BuildkitPool(deps, { maxLive: 9, idleMs: 0, graceMs: 0, longestWaitMs: 0 });
});
afterEach(async () => {
  await pool.stop();
  rmSync(stateFolder, { recursive: true });
});

/** Caches within a budget, with a buildctl that says of every live one that it is of 40 bytes, and writes down what it is told. */
function theCaches(budgetBytes: number): BuildkitCaches {
  const buildctlPath = join(stateFolder, 'buildctl');
  const script = `#!${process.execPath}
require('node:fs').appendFileSync(${JSON.stringify(join(stateFolder, 'calls'))}, process.argv.slice(3).join(' ') + '\\n');
process.stdout.write('15 25 ');
`;
  writeFileSync(buildctlPath, script, { mode: 0o755 });
  return new BuildkitCaches({
    stateFolder,
    pool,
    buildctlPath,
    budgetBytes,
    report: (text) => reports.push(text),
  });
}

const callsFor = (word: string): string[] =>
  existsSync(join(stateFolder, 'calls'))
    ? readFileSync(join(stateFolder, 'calls'), 'utf8')
        .split('\n')
        .filter((line) => line.includes(word))
    : [];

async function aRoot(key: string, usedAtMs: number, sizeBytes: number): Promise<void> {
  mkdirSync(join(stateFolder, 'buildkit', key, 'root'), { recursive: true });
  await writeUse(buildkitRoot(stateFolder, key), { usedAtMs, sizeBytes });
}

const isThere = (key: string): boolean => existsSync(join(stateFolder, 'buildkit', key));

test('caches of all together beyond the budget: that of the stopped BuildKit used longest ago goes', async () => {
  await aRoot('old', 1, 30);
  await aRoot('newer', 2, 30);
  await aRoot('live', 3, 0);
  await pool.open('live');

  await theCaches(80).keepBudget(never);

  expect(['old', 'newer', 'live'].map(isThere)).toEqual([false, true, true]);
  expect(callsFor('prune')).toEqual([]);
  expect(reports).toEqual([expect.stringContaining('old')]);
});

test('a live one that was used longest ago is asked to shrink', async () => {
  await aRoot('live', 0, 0);
  await pool.open('live');
  await aRoot('newer', Date.now() + 1000, 30);

  await theCaches(60).keepBudget(never);

  expect(isThere('newer')).toBe(true);
  expect(callsFor('prune')).toEqual(['unix:///live.sock prune --keep-storage 0']);
});

test('a single cache is left to its BuildKit', async () => {
  await aRoot('live', 0, 0);
  await pool.open('live');

  await theCaches(1).keepBudget(never);

  expect(callsFor('unix')).toEqual([]);
});

test('what is noted of a cache is its size and its last use', async () => {
  await aRoot('live', 0, 0);
  await pool.open('live');

  await theCaches(1).note(pool.members[0]!);

  expect(await readUse(buildkitRoot(stateFolder, 'live'))).toEqual({
    usedAtMs: pool.members[0]!.usedAtMs,
    sizeBytes: 40,
  });
});

test('a disk that is short of room gets the caches of stopped BuildKits, and of live ones what they can give', async () => {
  await aRoot('live', 0, 0);
  await aRoot('cold', 1, 0);
  await pool.open('live');

  await theCaches(1).clear(1e18, never);

  expect(['cold', 'live'].map(isThere)).toEqual([false, true]);
  expect(callsFor('prune')).toEqual(['unix:///live.sock prune --free-storage 1000000000000']);
});

test('two that make room at once do not trip over each other', async () => {
  await aRoot('cold', 1, 0);
  const caches = theCaches(1);

  await Promise.all([caches.clear(1e18, never), caches.clear(1e18, never)]);

  expect(isThere('cold')).toBe(false);
});

test('a disk with room loses nothing', async () => {
  await aRoot('cold', 1, 0);

  await theCaches(1).clear(1, never);

  expect(isThere('cold')).toBe(true);
});

test('what lies among the roots and is none goes', async () => {
  await aRoot('cold', 1, 0);
  mkdirSync(join(stateFolder, 'buildkit', 'half-removed'));

  await theCaches(1).removeForeign();

  expect(['cold', 'half-removed'].map(isThere)).toEqual([true, false]);
});
