import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Runner } from '../../src/ports/runner.js';
import type { RunGroups } from '../../src/ports/run-groups.js';
import { LeftOvers } from '../../src/supervisor/left-overs.js';

const silent = () => {};
let runsFolder: string;
beforeEach(() => {
  runsFolder = mkdtempSync(path.join(tmpdir(), 'kiln-left-'));
});
afterEach(() => rmSync(runsFolder, { recursive: true }));

/** A host that holds the runs named; `containers` and `groups` are what a runner and the kernel still have. */
function aHost(held: readonly string[], containers: readonly string[] = [], groups: readonly string[] = []) {
  const stopped: string[] = [];
  const told: string[] = [];
  const sweep = (names: readonly string[], isKept: (name: string) => boolean): Promise<number> =>
    Promise.resolve(names.filter((name) => !isKept(name)).length);
  const leftOvers = new LeftOvers(
    {
      runner: {
        stop: async (folder: string) => void stopped.push(path.relative(runsFolder, folder)),
        sweep: (folder: string, isKept: (name: string) => boolean) =>
          sweep(
            containers.map((key) => path.join(folder, key, 'run')),
            isKept,
          ),
      } as unknown as Runner,
      groups: { sweep: (isKept: (name: string) => boolean) => sweep(groups, isKept) } as unknown as RunGroups,
      log: { info: silent, warn: silent, error: silent },
      onLeftOver: (what, count) => told.push(`${count} ${what}`),
    },
    { holds: (key) => held.includes(key) },
    runsFolder,
  );
  return { leftOvers, stopped, told };
}

test('the folder of a run that nobody holds goes with its processes, once two looks have found it', async () => {
  for (const key of ['held-1', 'left-1']) mkdirSync(path.join(runsFolder, key));
  const { leftOvers, stopped, told } = aHost(['held-1']);

  await leftOvers.look();
  expect(existsSync(path.join(runsFolder, 'left-1'))).toBe(true);
  await leftOvers.look();

  expect(existsSync(path.join(runsFolder, 'left-1'))).toBe(false);
  expect(existsSync(path.join(runsFolder, 'held-1'))).toBe(true);
  expect(stopped).toEqual(['left-1/run']);
  expect(told).toEqual(['1 workspace']);
});

test('a folder whose lease comes to be held between two looks stays', async () => {
  mkdirSync(path.join(runsFolder, 'new-1'));
  const held: string[] = [];
  const { leftOvers, told } = aHost(held);
  await leftOvers.look();
  held.push('new-1');
  await leftOvers.look();
  expect(existsSync(path.join(runsFolder, 'new-1'))).toBe(true);
  expect(told).toEqual([]);
});

test('containers and control groups of no run are removed and counted, those of held runs stay', async () => {
  const { leftOvers, told } = aHost(['held-1'], ['held-1', 'left-1'], ['left-1', 'held-1', 'left-2']);
  await leftOvers.look();
  expect(told).toEqual(['1 container', '2 group']);
});
