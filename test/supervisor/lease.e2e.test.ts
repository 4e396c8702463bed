import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { createSupervisorClient } from '../../src/adapters/supervisor/client.js';
import type { SupervisorDeps, SupervisorLimits } from '../../src/supervisor/deps.js';
import { createSupervisor, type SupervisorProcess } from '../../src/supervisor/supervisor.js';
import { compiledSource } from '../support/compiled-sources.js';
import { FakeControlPlane, outputLines, storedLog, type FakeLease } from '../support/fake-control-plane.js';
import { eventually, isRunning, processesOfRun } from '../support/own-processes.js';
import { shortFolder, stopAllRuns, supervisedDeps } from '../support/supervised.js';

describe('a supervisor and its leases', () => {
  const api = new FakeControlPlane();
  const shimPath = compiledSource('src/runners/local/shim.ts');
  const scriptPath = compiledSource('src/engines/stub/script.ts');
  const never = new AbortController().signal;
  let folder: string;
  let supervisor: SupervisorProcess;

  async function start(
    limits: Partial<SupervisorLimits> = {},
    more: Partial<SupervisorDeps> = {},
  ): Promise<void> {
    const { url: apiUrl, registryHost } = api;
    const deps = supervisedDeps({ apiUrl, registryHost, folder, shimPath, scriptPath, limits });
    supervisor = createSupervisor({ ...deps, ...more });
    await supervisor.start();
  }
  const client = () => createSupervisorClient({ socketPath: `${folder}/s.sock` });
  const journalOf = ({ ref }: FakeLease) => path.join(folder, 'state/runs', `${ref.buildId}-${ref.attempt}`);
  const runFolderOf = (lease: FakeLease) => path.join(journalOf(lease), 'run');
  const isUp = (lease: FakeLease) => () => lease.steps.get(1)?.status === 'running' && lease.chunks.size > 0;
  const LONG = { seconds: 60, lines: 600 };

  beforeAll(() => api.start());
  afterAll(() => api.stop());
  beforeEach(async () => {
    api.fault = () => 'none';
    api.calls.length = 0;
    folder = shortFolder();
  });
  afterEach(async () => {
    await supervisor.stop();
    await stopAllRuns(folder);
    await rm(folder, { recursive: true, force: true });
  });

  it('ends the process group at once and cleans up when a renewal is refused', async () => {
    await start();
    const lease = api.grant({ options: LONG });
    const report = client().run(lease.ref, never);
    await eventually(isUp(lease));
    const pids = processesOfRun(runFolderOf(lease));
    lease.isOver = true;
    expect(await report).toEqual({ result: 'lost', manifestDigest: null });
    expect(pids.filter(isRunning)).toEqual([]);
    await eventually(() => !existsSync(journalOf(lease)));
  });

  it('leaves no process within two seconds of a cancel, though the build ignores SIGTERM and has a child in its own session', async () => {
    await start();
    const lease = api.grant({ options: { ...LONG, ignore_sigterm: true, spawn_child: true } });
    const report = client().run(lease.ref, never);
    await eventually(isUp(lease));
    await eventually(() => processesOfRun(runFolderOf(lease)).length === 3);
    const pids = processesOfRun(runFolderOf(lease));
    lease.cancelRequested = true;
    const startedMs = Date.now();
    await client().stop(lease.ref);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(Date.now() - startedMs).toBeLessThan(2000);
    expect(await report).toMatchObject({ result: 'cancelled' });
    expect(lease.outcome).toMatchObject({ result: 'cancelled', failure: { code: 'cancelled' } });
    expect(storedLog(lease).toString()).toContain('SIGTERM is ignored');
    expect(existsSync(path.join(journalOf(lease), 'workspace'))).toBe(false);
  });

  it('cancels when the answer to a renewal says so', async () => {
    await start();
    const lease = api.grant({ options: LONG });
    const report = client().run(lease.ref, never);
    await eventually(isUp(lease));
    lease.cancelRequested = true;
    expect(await report).toMatchObject({ result: 'cancelled' });
  });

  it('does not speak of a cancel when the controller stops the run for a reason of its own', async () => {
    await start();
    const lease = api.grant({ options: LONG });
    const report = client().run(lease.ref, never);
    await eventually(isUp(lease));
    await client().stop(lease.ref);
    expect(await report).toMatchObject({ result: 'failed' });
    expect(lease.outcome).toMatchObject({ result: 'failed', failure: { retryable: false } });
    const log = storedLog(lease).toString();
    expect(log).toMatch(/\n\[kiln\] The run was stopped by the controller\.\n$/);
    expect(log).not.toContain('cancel');
  });

  it('speaks of a cancel that the api tells of only when it is asked', async () => {
    await start();
    const lease = api.grant({ options: LONG, ttlMs: 60_000 });
    const report = client().run(lease.ref, never);
    await eventually(isUp(lease));
    lease.cancelRequested = true;
    await client().stop(lease.ref);
    expect(await report).toMatchObject({ result: 'cancelled' });
    expect(storedLog(lease).toString()).toMatch(/\n\[kiln\] The build was cancelled\.\n$/);
  });

  it('ends the processes at once though the api does not say why they are to be stopped', async () => {
    await start({ stopAskMs: 300 });
    const lease = api.grant({ options: LONG, ttlMs: 60_000 });
    const report = client().run(lease.ref, never);
    await eventually(isUp(lease));
    const pids = processesOfRun(runFolderOf(lease));
    api.fault = (operation) => (operation === 'POST renew' ? 'drop_before' : 'none');
    const stopping = client().stop(lease.ref);
    await eventually(() => pids.filter(isRunning).length === 0);
    await stopping;
    expect(await report).toMatchObject({ result: 'failed' });
  });

  it('does not start a run that was stopped before it came', async () => {
    await start();
    const lease = api.grant();
    await client().stop(lease.ref);
    expect(await client().run(lease.ref, never)).toMatchObject({ result: 'cancelled' });
    expect(lease.acknowledgements).toBe(0);
  });

  it('makes one run of two calls that come at once', async () => {
    await start();
    const lease = api.grant({ options: { lines: 4 } });
    const reports = await Promise.all([client().run(lease.ref, never), client().run(lease.ref, never)]);
    expect(reports[0]).toEqual(reports[1]);
    expect(lease.acknowledgements).toBe(1);
    expect(outputLines(lease).filter((line) => line.startsWith('line'))).toHaveLength(4);
  });

  it('repeats an acknowledgement that was done while it was told that it failed', async () => {
    await start();
    let left = 2;
    api.fault = (operation) => (operation === 'POST acknowledge' && left-- > 0 ? 'drop_after' : 'none');
    const lease = api.grant();
    expect(await client().run(lease.ref, never)).toMatchObject({ result: 'succeeded' });
    expect(lease.acknowledgements).toBe(3);
  });

  it('takes a new token when its own is not known any more', async () => {
    await start();
    const lease = api.grant({ options: { seconds: 2, lines: 20 } });
    const report = client().run(lease.ref, never);
    await eventually(isUp(lease));
    lease.token = 'another';
    expect(await report).toMatchObject({ result: 'succeeded' });
    expect(outputLines(lease).filter((line) => line.startsWith('line'))).toHaveLength(20);
  });

  it('ends the run of an older fence before it begins a newer one', async () => {
    await start();
    const old = api.grant({ options: LONG });
    const oldReport = client().run(old.ref, never);
    await eventually(isUp(old));
    const pids = processesOfRun(runFolderOf(old));
    const { buildId } = old.ref;
    const next = api.grant({ build_id: buildId, attempt: 2, fence: 2 });
    expect(await client().run(next.ref, never)).toMatchObject({ result: 'succeeded' });
    expect(await oldReport).toMatchObject({ result: 'lost' });
    expect(pids.filter(isRunning)).toEqual([]);
    expect(await client().run(old.ref, never)).toMatchObject({ result: 'lost' });
  });

  it('reports a lease that is over as lost', async () => {
    await start();
    const lease = api.grant();
    lease.isOver = true;
    expect(await client().run(lease.ref, never)).toMatchObject({ result: 'lost' });
  });

  it('goes on while the api is silent and ends the run when the silence is too long', async () => {
    await start({ silenceMs: 1500 });
    const lease = api.grant({ options: LONG });
    const report = client().run(lease.ref, never);
    await eventually(isUp(lease));
    const pids = processesOfRun(runFolderOf(lease));
    api.fault = () => 'drop_before';
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(pids.filter(isRunning)).toEqual(pids);
    await eventually(() => pids.filter(isRunning).length === 0);
    api.fault = () => 'none';
    expect(await report).toMatchObject({ result: 'lost' });
    expect(lease.outcome).toMatchObject({ result: 'lost' });
  });

  it('says what to publish, for a lease without a run as well', async () => {
    await start();
    const lease = api.grant();
    expect(await client().publishSpec(lease.ref)).toEqual({
      from: lease.spec.staging.repository,
      to: lease.spec.repositories,
    });
    await eventually(() => lease.renewals > 1);
    expect(lease.outcome).toBeNull();
  });

  it('renews the lease after the run, until it is over', async () => {
    await start();
    const lease = api.grant();
    await client().run(lease.ref, never);
    const before = lease.renewals;
    await eventually(() => lease.renewals > before + 1);
    lease.isOver = true;
    await eventually(() => !existsSync(journalOf(lease)));
  });

  it('does not start beside another one', async () => {
    await start();
    const first = supervisor;
    await expect(start()).rejects.toMatchObject({ code: 'service_start_failed' });
    supervisor = first;
  });

  it('removes folders that belong to no lease when it starts', async () => {
    await mkdir(path.join(folder, 'state/runs/left-behind/workspace'), { recursive: true });
    await start();
    expect(await readdir(path.join(folder, 'state/runs'))).toEqual([]);
  });

  it('sends the log again when the api misses a part of it', async () => {
    await start();
    const lease = api.grant({ options: { lines: 30, seconds: 0.5 } });
    let forgotten = false;
    api.fault = (operation) => {
      if (operation === 'POST finish' && !forgotten) forgotten = lease.chunks.delete(1);
      return 'none';
    };
    expect(await client().run(lease.ref, never)).toMatchObject({ result: 'succeeded' });
    expect(forgotten).toBe(true);
    expect(outputLines(lease).filter((line) => line.startsWith('line'))).toHaveLength(30);
  });
});
