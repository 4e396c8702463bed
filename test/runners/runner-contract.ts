import fc from 'fast-check';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RunPlan } from '../../src/ports/engine.js';
import type { Runner } from '../../src/ports/runner.js';
import { eventually, isRunning } from '../support/own-processes.js';

export const IGNORES_SIGTERM =
  "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000);";

/** A runner in the hands of the contract. */
export interface RunnerCase {
  /** A runner that knows nothing of what another one has started: what a supervisor has that starts again. */
  open(): Runner;
  /** What a plan has to say for this runner besides its command. */
  readonly plan: Partial<RunPlan>;
  /** Variables that a program finds besides those of its plan. */
  readonly ownVariables: readonly string[];
  /** How many processes a run has besides those of its program. */
  readonly ownProcesses: number;
  /** Pids on this machine of the living processes of the run in a folder. */
  processes(folder: string): Promise<number[]>;
  /** Ends the run and whatever would write down its end, as the loss of the machine does. */
  loseRun(folder: string): Promise<void>;
}

/** What every runner promises (src/ports/runner.ts). */
export function describeRunner(name: string, open: () => RunnerCase): void {
  describe(`the runner ${name}`, () => {
    const folders: string[] = [];
    let subject: RunnerCase;
    let runner: Runner;
    beforeAll(() => {
      subject = open();
      runner = subject.open();
    });
    afterEach(async () => {
      for (const folder of folders.splice(0)) {
        await runner.stop(folder, 0);
        await rm(folder, { recursive: true, force: true });
      }
    });

    async function aFolder(): Promise<string> {
      const folder = await mkdtemp(path.join(tmpdir(), 'kiln-run-'));
      folders.push(folder);
      return folder;
    }
    const aPlan = (script: string, more: Partial<RunPlan> = {}): RunPlan => ({
      ...{ argv: [process.execPath, '-e', script], env: {}, cwd: '/', files: {}, outputs: [] },
      ...{ ...subject.plan, ...more },
    });
    const output = (folder: string, stream = 'stdout') => readFile(path.join(folder, stream), 'utf8');
    const says = async (folder: string, text: string): Promise<void> => {
      for (let tries = 0; tries < 300 && !(await output(folder).catch(() => '')).includes(text); tries++)
        await new Promise((resolve) => setTimeout(resolve, 15));
    };

    it('keeps output, exit code and the files that were asked for', async () => {
      const folder = await aFolder();
      const work = await aFolder();
      const file = path.join(work, 'left-behind');
      const script = `console.log('out'); console.error('err'); require('fs').writeFileSync('${file}', 'x'); process.exit(3)`;
      const { confinement } = subject.plan;
      await runner.start(
        folder,
        aPlan(script, {
          outputs: [file, `${file}-not`],
          ...(confinement !== undefined && {
            confinement: { ...confinement, reach: { ...confinement.reach, write: [work] } },
          }),
        }),
      );
      expect(await runner.wait(folder)).toEqual({
        exitCode: 3,
        signal: null,
        outputs: { [file]: 'x', [`${file}-not`]: null },
      });
      expect(await output(folder)).toBe('out\n');
      expect(await output(folder, 'stderr')).toBe('err\n');
    });

    it('gives the environment of the plan and nothing of its own host', async () => {
      const folder = await aFolder();
      const script = 'console.log(Object.keys(process.env).sort().join())';
      await runner.start(folder, aPlan(script, { env: { A: '1' } }));
      await runner.wait(folder);
      expect((await output(folder)).trim().split(',')).toEqual(['A', ...subject.ownVariables]);
    });

    it('starts one process however often and at once it is asked', async () => {
      const folder = await aFolder();
      const plan = aPlan("console.log('started'); setTimeout(() => {}, 300)");
      const handles = await Promise.all([1, 2, 3].map(() => runner.start(folder, plan)));
      await runner.wait(folder);
      expect(new Set(handles.map(({ pid }) => pid)).size).toBe(1);
      expect(await runner.start(folder, plan)).toEqual(handles[0]);
      expect(await output(folder)).toBe('started\n');
    });

    it('says which program could not be started', async () => {
      const plan = aPlan('', { argv: ['/no/such/program'] });
      await expect(runner.start(await aFolder(), plan)).rejects.toMatchObject({ code: 'program_missing' });
    });

    it('ends a process that ignores SIGTERM together with a child in a session of its own', async () => {
      const folder = await aFolder();
      const script = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(IGNORES_SIGTERM)}], { detached: true, stdio: 'inherit' }); ${IGNORES_SIGTERM}`;
      await runner.start(folder, aPlan(script));
      await says(folder, 'up\nup\n');
      const before = await subject.processes(folder);
      expect(before).toHaveLength(2 + subject.ownProcesses);
      const startedMs = Date.now();
      await runner.stop(folder, 300);
      expect(Date.now() - startedMs).toBeLessThan(3000);
      expect(before.filter(isRunning)).toEqual([]);
      expect(await runner.wait(folder)).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
    });

    it('ends an orphan in a session of its own whose parent is gone', async () => {
      const folder = await aFolder();
      const spawnDetached = (inner: string, stdio: string) =>
        `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(inner)}], { detached: true, stdio: '${stdio}' }).unref();`;
      const parent = spawnDetached(IGNORES_SIGTERM, 'inherit');
      await runner.start(folder, aPlan(`${spawnDetached(parent, 'inherit')} setInterval(() => {}, 1000);`));
      await says(folder, 'up');
      const before = await subject.processes(folder);
      await runner.stop(folder, 100);
      expect(before.length).toBeGreaterThanOrEqual(2 + subject.ownProcesses);
      expect(before.filter(isRunning)).toEqual([]);
    });

    it('lets a process end by itself within the grace', async () => {
      const folder = await aFolder();
      const script =
        "process.on('SIGTERM', () => { console.log('bye'); process.exit(0) }); console.log('up'); setInterval(() => {}, 1000)";
      await runner.start(folder, aPlan(script));
      await says(folder, 'up');
      await runner.stop(folder, 5000);
      expect(await runner.wait(folder)).toMatchObject({ exitCode: 0, signal: null });
      expect(await output(folder)).toBe('up\nbye\n');
    });

    it('ends what the leader leaves behind in its group when it goes', async () => {
      const folder = await aFolder();
      const script = `const c = require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(IGNORES_SIGTERM)}], { stdio: 'inherit', env: {} }); setTimeout(() => process.exit(0), 1500)`;
      await runner.start(folder, aPlan(script));
      await says(folder, 'up');
      const before = await subject.processes(folder);
      await runner.wait(folder);
      await eventually(() => !before.some(isRunning), 1500);
    });

    it('is found, followed and ended by one that starts again', async () => {
      const folder = await aFolder();
      const handle = await runner.start(folder, aPlan(IGNORES_SIGTERM));
      const next = subject.open();
      expect(await next.find(folder)).toEqual(handle);
      expect(await next.hasEnded(folder)).toBe(false);
      const waiting = next.wait(folder);
      await next.stop(folder, 0);
      expect(await waiting).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
      expect(await subject.open().hasEnded(folder)).toBe(true);
      expect(await subject.open().wait(folder)).toMatchObject({ signal: 'SIGKILL' });
    });

    it('finds nothing where nothing was started, and has nothing to end', async () => {
      const folder = await aFolder();
      expect(await runner.find(folder)).toBeNull();
      await runner.stop(folder, 0);
      expect(await runner.wait(folder)).toBeNull();
    });

    it('has no end record when the run was lost with what watches it', async () => {
      const folder = await aFolder();
      await runner.start(folder, aPlan('setInterval(() => {}, 1000)'));
      const waiting = runner.wait(folder);
      await subject.loseRun(folder);
      expect(await waiting).toBeNull();
    });

    it('gives up waiting when it is told', async () => {
      const folder = await aFolder();
      await runner.start(folder, aPlan(IGNORES_SIGTERM));
      const leaving = new AbortController();
      const waiting = runner.wait(folder, leaving.signal);
      leaving.abort(new Error('leaving'));
      await expect(waiting).rejects.toThrow('leaving');
      expect(await runner.hasEnded(folder)).toBe(false);
    });

    it('measures how long it took', async () => {
      const folder = await aFolder();
      await runner.start(folder, aPlan('setTimeout(() => {}, 500)'));
      await runner.wait(folder);
      const { durationMs } = await runner.usage(folder);
      expect(durationMs).toBeGreaterThanOrEqual(500);
      expect(durationMs).toBeLessThan(10_000);
    });

    it('loses no byte of what a process writes', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.string({ maxLength: 200 }), { minLength: 1, maxLength: 20 }),
          async (parts) => {
            const folder = await aFolder();
            const script = `for (const part of ${JSON.stringify(parts)}) require('fs').writeSync(1, part)`;
            await runner.start(folder, aPlan(script));
            await runner.wait(folder);
            expect(await output(folder)).toBe(Buffer.from(parts.join('')).toString());
          },
        ),
        { numRuns: 6 },
      );
    });
  });
}
