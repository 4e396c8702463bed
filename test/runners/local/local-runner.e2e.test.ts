import fc from 'fast-check';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RunPlan } from '../../../src/ports/engine.js';
import { createLocalRunner } from '../../../src/runners/local/local-runner.js';
import { listProcesses, readProcess } from '../../../src/runners/local/processes.js';
import { readClaim, readRun, runFiles } from '../../../src/runners/local/run-files.js';
import { compiledSource } from '../../support/compiled-sources.js';
import { eventually, isRunning, processesOfRun } from '../../support/own-processes.js';

const IGNORES_SIGTERM = "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000);";

/** Shims of this process that were told no folder. */
function waitingShims(shimPath: string): number[] {
  return listProcesses()
    .filter(({ parent }) => parent === process.pid)
    .map(({ pid }) => pid)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').endsWith(`${shimPath}\0`));
}

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

  it('keeps output, exit code and the files that were asked for', async () => {
    const folder = await aFolder();
    const file = path.join(folder, 'left-behind');
    const script = `console.log('out'); console.error('err'); require('fs').writeFileSync('${file}', 'x'); process.exit(3)`;
    await runner.start(folder, aPlan(script, { outputs: [file, `${file}-not`] }));
    expect(await runner.wait(folder)).toEqual({
      exitCode: 3,
      signal: null,
      outputs: { [file]: 'x', [`${file}-not`]: null },
    });
    expect(await stdout(folder)).toBe('out\n');
    expect(await readFile(runFiles(folder).stderr, 'utf8')).toBe('err\n');
  });

  it('starts runs by a shim that waited for them, and by a new one where that is gone', async () => {
    const shimPath = compiledSource('src/runners/local/shim.ts');
    const ready = createLocalRunner({ shimPath, keepsSpare: true });
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
    await eventually(() => waitingShims(shimPath).length === 1);
    process.kill(waitingShims(shimPath)[0]!, 'SIGKILL');
    const folder = await aFolder();
    await ready.start(folder, aPlan('console.log(1)'));
    expect(await ready.wait(folder)).toMatchObject({ exitCode: 0 });
  });

  it('gives the environment of the plan and nothing of its own host', async () => {
    const folder = await aFolder();
    await runner.start(
      folder,
      aPlan('console.log(Object.keys(process.env).sort().join())', { env: { A: '1' } }),
    );
    await runner.wait(folder);
    expect(await stdout(folder)).toBe('A,KILN_RUN\n');
  });

  it('starts one process however often and at once it is asked', async () => {
    const folder = await aFolder();
    const plan = aPlan("console.log('started'); setTimeout(() => {}, 300)");
    const handles = await Promise.all([1, 2, 3].map(() => runner.start(folder, plan)));
    await runner.wait(folder);
    expect(new Set(handles.map(({ pid }) => pid)).size).toBe(1);
    expect(await runner.start(folder, plan)).toEqual(handles[0]);
    expect(await stdout(folder)).toBe('started\n');
  });

  it('says which program could not be started', async () => {
    const folder = await aFolder();
    const plan = aPlan('', { argv: ['/no/such/program'] });
    await expect(runner.start(folder, plan)).rejects.toMatchObject({ code: 'program_missing' });
  });

  it('ends a process that ignores SIGTERM together with a child in a session of its own', async () => {
    const folder = await aFolder();
    const script = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(IGNORES_SIGTERM)}], { detached: true, stdio: 'inherit' }); ${IGNORES_SIGTERM}`;
    await runner.start(folder, aPlan(script));
    await eventually(() => processesOfRun(folder).length === 3);
    const before = processesOfRun(folder);
    const startedMs = Date.now();
    await runner.stop(folder, 300);
    expect(Date.now() - startedMs).toBeLessThan(2000);
    expect(before.filter(isRunning)).toEqual([]);
    expect(await runner.wait(folder)).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  });

  it('ends an orphan in a session of its own whose parent is gone', async () => {
    const folder = await aFolder();
    const spawnDetached = (inner: string) =>
      `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(inner)}], { detached: true, stdio: 'ignore' }).unref();`;
    const script = `${spawnDetached(spawnDetached(IGNORES_SIGTERM))} setInterval(() => {}, 1000);`;
    await runner.start(folder, aPlan(script));
    const orphan = () => {
      const run = processesOfRun(folder);
      const shim = readClaim(folder)?.pid;
      return run.find((one) => one !== shim && !run.includes(readProcess(one)?.parent ?? 0));
    };
    await eventually(() => orphan() !== undefined);
    const found = orphan() ?? 0;
    await runner.stop(folder, 100);
    expect(isRunning(found)).toBe(false);
  });

  it('lets a process end by itself within the grace', async () => {
    const folder = await aFolder();
    const script =
      "process.on('SIGTERM', () => { console.log('bye'); process.exit(0) }); console.log('up'); setInterval(() => {}, 1000)";
    await runner.start(folder, aPlan(script));
    await stdoutHolds(folder, 'up');
    await runner.stop(folder, 5000);
    expect(await runner.wait(folder)).toMatchObject({ exitCode: 0, signal: null });
  });

  it('ends what the leader leaves behind in its group when it goes', async () => {
    const folder = await aFolder();
    const script = `const c = require('child_process').spawn('/bin/sleep', ['60'], { stdio: 'inherit', env: {} }); console.log(c.pid); setTimeout(() => process.exit(0), 100)`;
    await runner.start(folder, aPlan(script));
    await runner.wait(folder);
    const pid = Number(await stdout(folder));
    await eventually(() => !isRunning(pid), 1000);
  });

  it('has no end record when shim and process were killed together', async () => {
    const folder = await aFolder();
    await runner.start(folder, aPlan('setInterval(() => {}, 1000)'));
    const waiting = runner.wait(folder);
    for (const pid of [readClaim(folder)?.pid, readRun(folder)?.pid]) process.kill(pid ?? 0, 'SIGKILL');
    expect(await waiting).toBeNull();
  });

  it('ends the process also when its shim was killed', async () => {
    const folder = await aFolder();
    const { pid } = await runner.start(folder, aPlan(IGNORES_SIGTERM));
    process.kill(readClaim(folder)?.pid ?? 0, 'SIGKILL');
    await runner.stop(folder, 100);
    expect(isRunning(pid)).toBe(false);
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

  it('loses no byte of what a process writes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ maxLength: 200 }), { maxLength: 20 }), async (parts) => {
        const folder = await aFolder();
        const script = `for (const part of ${JSON.stringify(parts)}) require('fs').writeSync(1, part)`;
        await runner.start(folder, aPlan(script));
        await runner.wait(folder);
        expect(await stdout(folder)).toBe(Buffer.from(parts.join('')).toString());
      }),
      { numRuns: 8 },
    );
  });

  async function stdoutHolds(folder: string, text: string): Promise<void> {
    for (let tries = 0; tries < 200 && !(await stdout(folder)).includes(text); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  }
});
