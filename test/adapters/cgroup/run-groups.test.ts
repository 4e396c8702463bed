import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRunGroups, groupOfState } from '../../../src/adapters/cgroup/run-groups.js';
import type { Tree } from '../../../src/adapters/cgroup/trees.js';
import { aFrozenGroup, freezes } from '../../support/frozen-groups.js';
import { eventually } from '../../support/own-processes.js';

let root: string;
let trees: Tree[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kiln-trees-'));
  trees = ['memory', 'freezer'].map((controller) => ({
    version: 1,
    mount: join(root, controller),
    root: '/',
    controllers: [controller],
  }));
  for (const { mount } of trees) mkdirSync(mount);
});
afterEach(() => rmSync(root, { recursive: true }));

/** Groups as a killed builder leaves them, in trees without limits too. */
function leave(group: string): void {
  for (const { mount } of trees) mkdirSync(join(mount, group, 'builder/step1'), { recursive: true });
}

test('what runs have left is swept from every tree, but for the runs that go on', async () => {
  for (const group of ['/kiln-a/gone-1', '/kiln-a/alive-1', '/kiln-b/other-1']) leave(group);
  const groups = createRunGroups('/kiln-a', trees);
  await groups.sweep((name) => name === 'alive-1');
  for (const { mount } of trees) {
    expect(readdirSync(join(mount, 'kiln-a'))).toEqual(['alive-1']);
    expect(existsSync(join(mount, 'kiln-b/other-1/builder/step1'))).toBe(true);
  }
  await groups.close();
  expect(existsSync(join(root, 'memory/kiln-a/alive-1'))).toBe(true);
  await groups.remove('alive-1');
  await groups.close();
  expect(readdirSync(join(root, 'memory'))).toEqual(['kiln-b']);
});

test('a group that something lives in stays, and goes with the next one that is removed', async () => {
  leave('/kiln-a/busy-1');
  const groups = createRunGroups('/kiln-a', trees);
  const file = join(root, 'memory/kiln-a/busy-1/process');
  writeFileSync(file, '');
  await groups.remove('busy-1');
  expect(existsSync(file)).toBe(true);
  rmSync(file);
  await groups.remove('another-1');
  expect(readdirSync(join(root, 'memory/kiln-a'))).toEqual([]);
});

(freezes() ? test : test.skip)(
  'a group goes also when a step has frozen one that it made below it, with who was killed in it',
  async () => {
    const parent = `/kiln-test-${process.pid}`;
    const frozen = aFrozenGroup(`${parent}/run-1`);
    const sleeper = spawn('sleep', ['300'], { stdio: 'ignore' });
    try {
      mkdirSync(join(frozen.folder, 'builder/made'), { recursive: true });
      writeFileSync(join(frozen.folder, 'builder/made/cgroup.procs'), String(sleeper.pid));
      writeFileSync(join(frozen.folder, 'builder/made', frozen.file), frozen.frozen);
      await eventually(() => frozen.isFrozen(sleeper.pid!));
      const ended = once(sleeper, 'exit');
      sleeper.kill('SIGKILL');
      const groups = createRunGroups(parent);
      await groups.remove('run-1');
      expect(await ended).toEqual([null, 'SIGKILL']);
      expect(existsSync(frozen.folder)).toBe(false);
      await groups.close();
    } finally {
      await frozen.remove();
    }
  },
);

test('a host without control groups says so, and makes none', async () => {
  const groups = createRunGroups('/kiln-a', []);
  expect(groups.trouble).toBe('no control groups are mounted');
  expect(await groups.open('b-1', { memoryBytes: 1, cpuMilli: null, pids: 1 })).toBeNull();
  expect(await groups.measure('b-1', 'run')).toBeNull();
});

test('a host that lets no group be made says why', () => {
  rmSync(join(root, 'memory'), { recursive: true });
  const [memory] = trees;
  const groups = createRunGroups('/kiln-a', [{ ...memory!, mount: '/proc/nowhere' }]);
  expect(groups.trouble).toMatch(/ENOENT/);
});

test('supervisors with state folders of their own have groups of their own', () => {
  expect(groupOfState('/a')).toMatch(/^\/kiln-[0-9a-f]{8}$/);
  expect(groupOfState('/a')).not.toBe(groupOfState('/b'));
});
