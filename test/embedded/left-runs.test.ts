import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endLeftRuns } from '../../src/embedded/left-runs.js';
import { stopOrphans } from '../../src/embedded/orphans.js';
import { processStartTime } from '../../src/embedded/process-identity.js';
import { createLocalRunner } from '../../src/runners/local/local-runner.js';
import { bootId } from '../../src/runners/local/processes.js';

let stateFolder: string;
const children: number[] = [];

beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'kiln-left-runs-'));
});
afterEach(async () => {
  for (const pid of children.splice(0)) if (processStartTime(pid) !== undefined) process.kill(pid, 'SIGKILL');
  await rm(stateFolder, { recursive: true, force: true });
});

/** A run whose process sleeps, and a shim that ends when the process has. */
async function aRun(name: string, seconds: number): Promise<{ shim: number; member: number }> {
  const start = (argv: readonly [string, ...string[]], env: NodeJS.ProcessEnv): number => {
    const [program, ...args] = argv;
    const pid = spawn(program, args, { detached: true, stdio: 'ignore', env }).pid ?? 0;
    children.push(pid);
    return pid;
  };
  const mark = `mark-of-${name}`;
  const member = start(['sleep', String(seconds)], { ...process.env, KILN_RUN: mark });
  const shim = start(['sh', '-c', `while kill -0 ${member}; do sleep 0.1; done`], process.env);
  const folder = join(stateFolder, 'supervisor', 'runs', name, 'run');
  await mkdir(folder, { recursive: true });
  const identity = (pid: number) => ({ pid, startTime: processStartTime(pid), bootId: bootId() });
  await writeFile(join(folder, 'claim.json'), JSON.stringify({ ...identity(shim), mark }));
  await writeFile(join(folder, 'run.json'), JSON.stringify({ ...identity(member), startedAt: '' }));
  return { shim, member };
}

const alive = (...pids: number[]): number[] => pids.filter((pid) => processStartTime(pid) !== undefined);

test('runs that end a moment after their supervisor are waited for', async () => {
  const { shim, member } = await aRun('one', 0.6);
  expect(await stopOrphans(stateFolder)).toEqual({ ended: 0, left: [] });
  expect(alive(shim, member)).toEqual([]);
});

test('a run that does not end by itself is ended with all its processes', async () => {
  const { shim, member } = await aRun('one', 60);
  const kill = (folder: string) => createLocalRunner().stop(folder, 0);
  expect(await endLeftRuns(stateFolder, { graceMs: 50, killMs: 4_000, kill })).toEqual([]);
  expect(alive(shim, member)).toEqual([]);
});

test('what cannot be ended is told by its pid, after a bounded time', async () => {
  const { shim, member } = await aRun('stuck', 60);
  const kill = () => new Promise<void>(() => {});
  expect(await endLeftRuns(stateFolder, { graceMs: 50, killMs: 100, kill })).toEqual([shim, member]);
});

test('a state folder without runs, or with runs of an earlier boot, waits for nothing', async () => {
  expect(await endLeftRuns(stateFolder)).toEqual([]);
  const folder = join(stateFolder, 'supervisor', 'runs', 'old', 'run');
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'claim.json'),
    JSON.stringify({ pid: 1, startTime: '1', bootId: 'x', mark: 'm' }),
  );
  expect(await endLeftRuns(stateFolder)).toEqual([]);
});
