import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { createSupervisorClient } from '../../src/adapters/supervisor/client.js';
import { readClaim, readExit, readRun } from '../../src/runners/local/run-files.js';
import { compiledSource } from '../support/compiled-sources.js';
import { FakeControlPlane, outputLines, storedLog, type FakeLease } from '../support/fake-control-plane.js';
import { eventually, isRunning, processesOfRun } from '../support/own-processes.js';
import { shortFolder, stopAllRuns, type SupervisedOptions } from '../support/supervised.js';

describe('a supervisor that is killed', () => {
  const api = new FakeControlPlane();
  const program = compiledSource('test/support/supervisor-process.ts');
  let folder: string;
  let process1: ChildProcess;
  const never = new AbortController().signal;
  /** A worker that goes away. */
  let leaving: AbortController;

  async function startSupervisor(): Promise<ChildProcess> {
    const options: SupervisedOptions = {
      apiUrl: api.url,
      registryHost: api.registryHost,
      folder,
      shimPath: compiledSource('src/runners/local/shim.ts'),
      scriptPath: compiledSource('src/engines/stub/script.ts'),
    };
    const child = spawn(process.execPath, [program, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return child;
  }

  const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  };
  const journalOf = (lease: FakeLease) =>
    path.join(folder, 'state/runs', `${lease.ref.buildId}-${lease.ref.attempt}`);
  const runFolderOf = (lease: FakeLease) => path.join(journalOf(lease), 'run');
  const client = () => createSupervisorClient({ socketPath: `${folder}/s.sock` });
  const hasLines = (lease: FakeLease, count: number) => () =>
    [...lease.chunks.values()].reduce((sum, chunk) => sum + chunk.line_count, 0) >= count;

  beforeAll(() => api.start());
  afterAll(() => api.stop());
  beforeEach(async () => {
    api.fault = () => 'none';
    api.calls.length = 0;
    leaving = new AbortController();
    folder = shortFolder();
    process1 = await startSupervisor();
  });
  afterEach(async () => {
    leaving.abort();
    for (const lease of api.leases.values()) lease.isOver = true;
    await end(process1, 'SIGTERM');
    await stopAllRuns(folder);
    await rm(folder, { recursive: true, force: true });
  });

  it('adopts its run: same process, log without gap, one outcome, and the waiting worker gets its answer', async () => {
    const lease = api.grant({ options: { lines: 90, seconds: 3 } });
    const report = client().run(lease.ref, never);
    await eventually(hasLines(lease, 20));
    const pid = readRun(runFolderOf(lease))?.pid ?? 0;
    await end(process1, 'SIGKILL');
    process1 = await startSupervisor();
    expect(isRunning(pid)).toBe(true);
    expect(await report).toMatchObject({ result: 'succeeded' });
    expect(outputLines(lease).filter((line) => line.startsWith('line'))).toEqual(
      Array.from({ length: 90 }, (_, n) => `line ${n + 1}`),
    );
    expect(lease.seal).toMatchObject({ note: null, bytes: storedLog(lease).length });
    expect([...lease.steps.values()].map(({ status }) => status)).toEqual(['success', 'success', 'success']);
    expect(lease.acknowledgements).toBe(1);
  });

  it('takes no new build while it drains, and says so at once; it waits for those that run, for so long', async () => {
    const lease = api.grant({ options: { lines: 3, seconds: 1 } });
    const report = client().run(lease.ref, never);
    await eventually(hasLines(lease, 1));
    api.heartbeats.length = 0;
    await client().drain(100);
    expect(api.heartbeats[0]).toMatchObject({ is_draining: true });
    await eventually(() => api.heartbeats.at(-1)?.is_draining === false);

    const drained = client()
      .drain(60_000)
      .then(() => 'drained');
    expect(await report).toMatchObject({ result: 'succeeded' });
    expect(await Promise.race([drained, Promise.resolve('waits')])).toBe('waits');
    lease.isOver = true;
    expect(await drained).toBe('drained');
  });

  it('keeps its word when it is killed again and again', async () => {
    const lease = api.grant({ options: { lines: 300, seconds: 3 } });
    const report = client().run(lease.ref, never);
    for (let kills = 0; kills < 5; kills++) {
      await new Promise((resolve) => setTimeout(resolve, 200 + kills * 90));
      await end(process1, 'SIGKILL');
      process1 = await startSupervisor();
    }
    expect(await report).toMatchObject({ result: 'succeeded' });
    expect(outputLines(lease).filter((line) => line.startsWith('line'))).toHaveLength(300);
    expect(lease.seal?.note).toBeNull();
  });

  it.each([3, 20, 40, 60, 90, 130])(
    'finishes a run though it was killed %i ms after it was asked',
    async (afterMs) => {
      const lease = api.grant({ options: { lines: 30, seconds: 0.3 } });
      const report = client().run(lease.ref, never);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await end(process1, 'SIGKILL');
      process1 = await startSupervisor();
      expect(await report).toMatchObject({ result: 'succeeded' });
      expect(outputLines(lease).filter((line) => line.startsWith('line'))).toHaveLength(30);
      expect(lease.seal?.note).toBeNull();
    },
  );

  it('goes on with a cancel in the middle of which it was killed', async () => {
    const lease = api.grant({ options: { seconds: 60, lines: 600, ignore_sigterm: true } });
    const report = client().run(lease.ref, never);
    await eventually(hasLines(lease, 2));
    const pids = processesOfRun(runFolderOf(lease));
    lease.cancelRequested = true;
    const stopping = client().stop(lease.ref);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await end(process1, 'SIGKILL');
    process1 = await startSupervisor();
    await stopping;
    expect(await report).toMatchObject({ result: 'cancelled' });
    expect(pids.filter(isRunning)).toEqual([]);
  });

  it('sends the log whole through an api that fails half of the time', async () => {
    api.fault = () =>
      (['none', 'none', 'refuse_before', 'refuse_after', 'drop_before', 'drop_after'] as const)[
        Math.floor(Math.random() * 6)
      ] ?? 'none';
    const lease = api.grant({ options: { lines: 2000, seconds: 1 }, ttlMs: 3000 });
    expect(await client().run(lease.ref, never)).toMatchObject({ result: 'succeeded' });
    expect(outputLines(lease).filter((line) => line.startsWith('line'))).toHaveLength(2000);
    expect(lease.outcome).toMatchObject({ result: 'succeeded' });
  });

  it('calls the run lost when shim and process died with it', async () => {
    const lease = api.grant({ options: { lines: 90, seconds: 30 } });
    const report = client().run(lease.ref, never);
    await eventually(hasLines(lease, 2));
    await end(process1, 'SIGKILL');
    for (const pid of [readClaim(runFolderOf(lease))?.pid, readRun(runFolderOf(lease))?.pid]) {
      process.kill(pid ?? 0, 'SIGKILL');
    }
    process1 = await startSupervisor();
    expect(await report).toMatchObject({ result: 'lost' });
    expect(lease.outcome).toMatchObject({ result: 'lost', failure: { code: 'run_lost', retryable: true } });
    expect([...lease.steps.values()].map(({ status }) => status)).toEqual(['failed']);
  });

  it('still knows the report of a run that ended before, until the lease is over', async () => {
    const lease = api.grant({ options: {} });
    const report = await client().run(lease.ref, never);
    await end(process1, 'SIGKILL');
    process1 = await startSupervisor();
    expect(await client().run(lease.ref, never)).toEqual(report);
    expect(existsSync(path.join(journalOf(lease), 'workspace'))).toBe(false);
    lease.isOver = true;
    await eventually(() => readdirSync(path.join(folder, 'state/runs')).length === 0);
  });

  it('leaves its runs alone when it is asked to stop, and the next one takes them up', async () => {
    const lease = api.grant({ options: { lines: 90, seconds: 3 } });
    const report = client().run(lease.ref, never);
    await eventually(hasLines(lease, 20));
    const pid = readRun(runFolderOf(lease))?.pid ?? 0;
    await end(process1, 'SIGTERM');
    expect(process1.exitCode).toBe(0);
    expect(isRunning(pid)).toBe(true);
    process1 = await startSupervisor();
    expect(await report).toMatchObject({ result: 'succeeded' });
    expect(outputLines(lease).filter((line) => line.startsWith('line'))).toHaveLength(90);
    expect(lease.seal?.note).toBeNull();
    expect(lease.acknowledgements).toBe(1);
  });

  it('sends what it has read before it stops', async () => {
    const lease = api.grant({ options: { lines: 2000, seconds: 20 } });
    client()
      .run(lease.ref, leaving.signal)
      .catch(() => {});
    await eventually(hasLines(lease, 20));
    await end(process1, 'SIGTERM');
    const onDisk = await readFile(path.join(journalOf(lease), 'chunks.jsonl'), 'utf8');
    expect(lease.chunks.size).toBe(onDisk.split('\n').length - 1);
    process1 = await startSupervisor();
    await client().stop(lease.ref);
  });

  it('stops in time though the api does not answer', async () => {
    const lease = api.grant({ options: { lines: 600, seconds: 60 } });
    client()
      .run(lease.ref, leaving.signal)
      .catch(() => {});
    await eventually(hasLines(lease, 2));
    api.fault = () => 'drop_before';
    const startedMs = Date.now();
    await end(process1, 'SIGTERM');
    expect(Date.now() - startedMs).toBeLessThan(11_000);
    api.fault = () => 'none';
    process1 = await startSupervisor();
    await client().stop(lease.ref);
  });

  it('fetches the source again when it was asked to stop in the middle of it', async () => {
    const lease = api.grant({
      source: { kind: 'upload', upload_id: '22222222-2222-4222-8222-222222222222' },
      context: { sha256: SHA256_OF_NOTHING, size_bytes: 0 },
    });
    api.fault = (operation) => (operation === 'GET context' ? 'drop_before' : 'none');
    const report = client().run(lease.ref, never);
    await eventually(() => api.calls.includes('GET context'));
    await end(process1, 'SIGTERM');
    api.contexts.set(SHA256_OF_NOTHING, Buffer.alloc(0));
    api.fault = () => 'none';
    process1 = await startSupervisor();
    expect(await report).toMatchObject({ result: 'succeeded' });
  });

  describe('and whose run fails before the next one comes', () => {
    it('calls it lost when the failure may pass: the services of the host were stopped together', async () => {
      const lease = api.grant({ options: { lines: 90, seconds: 30 } });
      const report = client().run(lease.ref, never);
      await eventually(hasLines(lease, 2));
      await end(process1, 'SIGTERM');
      process.kill(readRun(runFolderOf(lease))?.pid ?? 0, 'SIGKILL');
      await eventually(() => readExit(runFolderOf(lease)) !== null);
      process1 = await startSupervisor();
      expect(await report).toMatchObject({ result: 'lost' });
      expect(lease.outcome).toMatchObject({ result: 'lost', failure: { code: 'run_lost', retryable: true } });
      expect(storedLog(lease).toString()).toContain(
        'While no supervisor was there: The builder was killed from outside (SIGKILL)',
      );
    });

    it('calls it failed when the fault is in the build', async () => {
      const lease = api.grant({ options: { lines: 10, seconds: 1, exit_code: 7 } });
      const report = client().run(lease.ref, never);
      await eventually(hasLines(lease, 2));
      await end(process1, 'SIGTERM');
      await eventually(() => readExit(runFolderOf(lease)) !== null);
      process1 = await startSupervisor();
      expect(await report).toMatchObject({ result: 'failed' });
      expect(lease.outcome?.failure).toMatchObject({ code: 'build_step_failed', stepNumber: 3 });
    });

    it('calls it failed when the failure was seen', async () => {
      const lease = api.grant({ options: { lines: 90, seconds: 30 } });
      const report = client().run(lease.ref, never);
      await eventually(hasLines(lease, 2));
      process.kill(readRun(runFolderOf(lease))?.pid ?? 0, 'SIGKILL');
      expect(await report).toMatchObject({ result: 'failed' });
      expect(lease.outcome?.failure).toMatchObject({ code: 'engine_failed', retryable: true });
    });
  });
});

const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
