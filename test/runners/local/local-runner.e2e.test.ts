import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RunPlan } from '../../../src/ports/engine.js';
import { createLocalRunner } from '../../../src/runners/local/local-runner.js';
import { listProcesses } from '../../../src/runners/local/processes.js';
import { readClaim, readRun, runFiles } from '../../../src/runners/local/run-files.js';
import { compiledSource } from '../../support/compiled-sources.js';
import { aFrozenGroup, freezes } from '../../support/frozen-groups.js';
import { describeRunner, IGNORES_SIGTERM } from '../runner-contract.js';
import { eventually, isRunning, processesOfRun } from '../../support/own-processes.js';

/** The command line of a process; '' once it has ended. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Shims of this process that were given no folder as an argument: spares, and those a run has taken. */
function waitingShims(shimPath: string): number[] {
  return listProcesses()
    .filter(({ parent }) => parent === process.pid)
    .map(({ pid }) => pid)
    .filter((pid) => commandOf(pid).endsWith(`${shimPath}\0`));
}

describeRunner('local', () => ({
  open: () => createLocalRunner({ shimPath: compiledSource('src/runners/local/shim.ts') }),
  plan: {},
  ownVariables: ['KILN_RUN'],
  ownProcesses: 1,
  processes: (folder) => Promise.resolve(processesOfRun(folder)),
  async loseRun(folder) {
    for (const pid of [readClaim(folder)?.pid, readRun(folder)?.pid]) process.kill(pid ?? 0, 'SIGKILL');
  },
}));

describe('the local runner', () => {
  const runner = createLocalRunner({ shimPath: compiledSource('src/runners/local/shim.ts') });
  const folders: string[] = [];

  async function aFolder(): Promise<string> {
    const folder = await mkdtemp(path.join(tmpdir(), 'kiln-run-'));
    folders.push(folder);
    return folder;
  }

  function aPlan(script: string, more: Partial<RunPlan> = {}): RunPlan {
    return { argv: [process.execPath, '-e', script], env: {}, cwd: '/', files: {}, outputs: [], ...more };
  }

  const stdout = (folder: string) => readFile(runFiles(folder).stdout, 'utf8');

  afterEach(async () => {
    for (const folder of folders.splice(0)) {
      await runner.stop(folder, 0);
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('starts runs by a shim that waited for them, and by a new one where that is gone', async () => {
    const shimPath = compiledSource('src/runners/local/shim.ts');
    const ready = createLocalRunner({ shimPath, spareFolder: await aFolder() });
    const started = await Promise.all(
      ['waited', 'new'].map(async (text) => {
        const folder = await aFolder();
        await ready.start(folder, aPlan(`console.log('${text}')`));
        await ready.wait(folder);
        expect(await stdout(folder)).toBe(`${text}\n`);
        return readClaim(folder)?.pid;
      }),
    );
    expect(new Set(started).size).toBe(2);
    const spare = () => waitingShims(shimPath).find((pid) => !started.includes(pid));
    await eventually(() => spare() !== undefined);
    process.kill(spare()!, 'SIGKILL');
    const folder = await aFolder();
    await ready.start(folder, aPlan('console.log(1)'));
    expect(await ready.wait(folder)).toMatchObject({ exitCode: 0 });
  });

  describe('with a process that waits for its run', () => {
    const WAITS = `
      const { createInterface } = require('node:readline');
      createInterface({ input: process.stdin }).on('line', (line) => {
        const { order, cwd, env } = JSON.parse(line);
        console.log(JSON.stringify({ order, cwd, env, pid: process.pid }));
      });`;

    function aWaitingPlan(order: string, name = 'first'): RunPlan {
      const ahead = { argv: [process.execPath, '-e', WAITS, name] as const, env: {}, order };
      return aPlan(`console.log('started for its run')`, { env: { WHO: order }, cwd: '/tmp', ahead });
    }

    async function run(ready: ReturnType<typeof createLocalRunner>, plan: RunPlan) {
      const folder = await aFolder();
      const { pid } = await ready.start(folder, plan);
      expect(await ready.wait(folder)).toMatchObject({ exitCode: 0 });
      return { pid, told: await stdout(folder) };
    }

    const waiting = (name = 'first') =>
      listProcesses().find(
        ({ pid }) => commandOf(pid).endsWith(`\0${name}\0`) && commandOf(pid).includes('createInterface'),
      );

    it('tells it order, folder and environment of the next run that wants it, and starts another for the next', async () => {
      const ready = createLocalRunner({
        shimPath: compiledSource('src/runners/local/shim.ts'),
        spareFolder: await aFolder(),
      });
      expect((await run(ready, aWaitingPlan('one'))).told).toBe('started for its run\n');
      await eventually(() => waiting() !== undefined);
      const there = waiting()?.pid;
      const { pid, told } = await run(ready, aWaitingPlan('two'));
      expect(pid).toBe(there);
      expect(JSON.parse(told)).toEqual({ order: 'two', cwd: '/tmp', env: { WHO: 'two' }, pid });
      await eventually(() => waiting() !== undefined);
      expect(waiting()?.pid).not.toBe(there);
    });

    it('starts the run itself where it wants another one, or the one that waited is gone', async () => {
      const ready = createLocalRunner({
        shimPath: compiledSource('src/runners/local/shim.ts'),
        spareFolder: await aFolder(),
      });
      await run(ready, aWaitingPlan('one', 'third'));
      await eventually(() => waiting('third') !== undefined);
      expect((await run(ready, aWaitingPlan('two', 'second'))).told).toBe('started for its run\n');
      await eventually(() => waiting('third') === undefined && waiting('second') !== undefined);
      process.kill(waiting('second')!.pid, 'SIGKILL');
      await eventually(() => waiting('second') === undefined);
      expect((await run(ready, aWaitingPlan('three', 'second'))).told).toBe('started for its run\n');
    });

    it.each(['stdout', 'stderr'])('starts the run itself where %s cannot be moved to it', async (output) => {
      const spareFolder = await aFolder();
      const ready = createLocalRunner({ shimPath: compiledSource('src/runners/local/shim.ts'), spareFolder });
      await run(ready, aWaitingPlan('one', output));
      await eventually(() => waiting(output) !== undefined);
      for (const name of await readdir(spareFolder))
        if (name.endsWith(output)) await rm(path.join(spareFolder, name));
      expect((await run(ready, aWaitingPlan('two', output))).told).toBe('started for its run\n');
      await eventually(() => waiting(output) !== undefined);
    });
  });

  it('ends the process also when its shim was killed', async () => {
    const folder = await aFolder();
    const { pid } = await runner.start(folder, aPlan(IGNORES_SIGTERM));
    process.kill(readClaim(folder)?.pid ?? 0, 'SIGKILL');
    await runner.stop(folder, 100);
    expect(isRunning(pid)).toBe(false);
  });

  (freezes() ? it : it.skip)('ends a process that has frozen itself in a group of its own', async () => {
    const folder = await aFolder();
    const group = aFrozenGroup();
    const { pid } = await runner.start(
      folder,
      aPlan(`
        const { mkdirSync, writeFileSync } = require('node:fs');
        mkdirSync('${group.folder}/inner', { recursive: true });
        writeFileSync('${group.folder}/inner/cgroup.procs', String(process.pid));
        writeFileSync('${group.folder}/${group.file}', '${group.frozen}');
      `),
    );
    try {
      await eventually(() => group.isFrozen(pid));
      await runner.stop(folder, 0);
      expect(isRunning(pid)).toBe(false);
    } finally {
      await group.remove();
    }
  });

  it('does not wait for ever for a shim that hangs', async () => {
    const folder = await aFolder();
    await runner.start(folder, aPlan('setInterval(() => {}, 1000)'));
    process.kill(readClaim(folder)?.pid ?? 0, 'SIGSTOP');
    await runner.stop(folder, 0);
    expect(processesOfRun(folder)).toEqual([]);
  });

  it('does not touch a process that got a recycled pid', async () => {
    const folder = await aFolder();
    const stranger = spawn('/bin/sleep', ['60'], { detached: true, stdio: 'ignore' });
    // Start times count hundredths of a second: two processes of one tick could not be told apart by it.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await runner.start(folder, aPlan(''));
    await runner.wait(folder);
    const files = runFiles(folder);
    for (const file of [files.claim, files.run]) {
      const known = JSON.parse(await readFile(file, 'utf8')) as object;
      await writeFile(file, JSON.stringify({ ...known, pid: stranger.pid }));
    }
    await rm(files.exit);
    await runner.stop(folder, 0);
    expect(isRunning(stranger.pid ?? 0)).toBe(true);
    expect(await runner.wait(folder)).toBeNull();
    stranger.kill('SIGKILL');
  });

  it('measures memory, processor time and duration', async () => {
    const folder = await aFolder();
    const script =
      'const b = Buffer.alloc(80e6, 1); const end = Date.now() + 1200; while (Date.now() < end); b.at(0)';
    await runner.start(folder, aPlan(script));
    await runner.wait(folder);
    const usage = await runner.usage(folder);
    expect(usage.peakMemoryBytes).toBeGreaterThan(80e6);
    expect(usage.cpuUsagePercent).toBeGreaterThan(20);
    expect(usage.durationMs).toBeGreaterThan(500);
  });
});
