import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { FakeControlPlane, outputLines, storedLog, type FakeLease } from '../support/fake-control-plane.js';
import { eventually, isRunning, processesOfRun } from '../support/own-processes.js';
import { OwnSupervisor } from '../support/own-supervisor.js';

describe('a supervisor and its leases', () => {
  const api = new FakeControlPlane();
  const never = new AbortController().signal;
  let own: OwnSupervisor;
  const isUp = (lease: FakeLease) => () => lease.steps.get(1)?.status === 'running' && lease.chunks.size > 0;
  const LONG = { seconds: 60, lines: 600 };

  beforeAll(() => api.start());
  afterAll(() => api.stop());
  beforeEach(() => {
    api.fault = () => 'none';
    api.calls.length = 0;
    own = new OwnSupervisor(api);
  });
  afterEach(() => own.end());

  it('ends the process group at once and cleans up when a renewal is refused', async () => {
    await own.start();
    const lease = api.grant({ options: LONG });
    const report = own.client.run(lease.ref, never);
    await eventually(isUp(lease));
    const pids = processesOfRun(own.runFolderOf(lease));
    lease.isOver = true;
    expect(await report).toEqual({ result: 'lost', manifestDigest: null });
    expect(pids.filter(isRunning)).toEqual([]);
    await eventually(() => !existsSync(own.journalOf(lease)));
  });

  it('leaves no process within two seconds of a cancel, though the build ignores SIGTERM and has a child in its own session', async () => {
    await own.start();
    const lease = api.grant({ options: { ...LONG, ignore_sigterm: true, spawn_child: true } });
    const report = own.client.run(lease.ref, never);
    await eventually(isUp(lease));
    await eventually(() => processesOfRun(own.runFolderOf(lease)).length === 3);
    const pids = processesOfRun(own.runFolderOf(lease));
    lease.cancelRequested = true;
    const startedMs = Date.now();
    await own.client.stop(lease.ref);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(Date.now() - startedMs).toBeLessThan(2000);
    expect(await report).toMatchObject({ result: 'cancelled' });
    expect(lease.outcome).toMatchObject({ result: 'cancelled', failure: { code: 'cancelled' } });
    expect(storedLog(lease).toString()).toContain('SIGTERM is ignored');
    expect(existsSync(path.join(own.journalOf(lease), 'workspace'))).toBe(false);
  });

  it('lets an ended run go when the worker process stays away, and says so; one that runs is kept until it ends', async () => {
    const before = api.heartbeats.length;
    await own.start({ workerAwayMs: 2_000, workerGoneMs: 100 });
    await eventually(() => api.heartbeats.length > before);
    expect(api.heartbeats[before]).toMatchObject({ is_worker_away: true });
    const leaving = new AbortController();
    const attached = own.client.attach(leaving.signal);
    await eventually(() => api.heartbeats.at(-1)?.is_worker_away !== true);
    const ended = api.grant({ options: { seconds: 0, lines: 1 } });
    expect(await own.client.run(ended.ref, never)).toMatchObject({ result: 'succeeded' });
    const running = api.grant({ options: LONG });
    const calling = new AbortController();
    const report = own.client.run(running.ref, calling.signal).catch(() => 'left');
    await eventually(isUp(running));
    calling.abort();
    leaving.abort();
    await Promise.all([report, attached]);

    await eventually(() => api.heartbeats.at(-1)?.is_worker_away === true);
    await eventually(() => !existsSync(own.journalOf(ended)));
    expect(existsSync(own.journalOf(running))).toBe(true);
    // Not begun anew, though its lease has not run out yet.
    expect(await own.client.run(ended.ref, never)).toEqual({ result: 'lost', manifestDigest: null });
    expect(ended.acknowledgements).toBe(1);

    running.cancelRequested = true;
    await eventually(() => !existsSync(own.journalOf(running)));
    const again = own.client.attach(never);
    await eventually(() => api.heartbeats.at(-1)?.is_worker_away !== true);
    void again;
  });

  it('cancels when the answer to a renewal says so', async () => {
    await own.start();
    const lease = api.grant({ options: LONG });
    const report = own.client.run(lease.ref, never);
    await eventually(isUp(lease));
    lease.cancelRequested = true;
    expect(await report).toMatchObject({ result: 'cancelled' });
  });

  it('does not speak of a cancel when the controller stops the run for a reason of its own', async () => {
    await own.start();
    const lease = api.grant({ options: LONG });
    const report = own.client.run(lease.ref, never);
    await eventually(isUp(lease));
    await own.client.stop(lease.ref);
    expect(await report).toMatchObject({ result: 'failed' });
    expect(lease.outcome).toMatchObject({ result: 'failed', failure: { retryable: false } });
    const log = storedLog(lease).toString();
    expect(log).toMatch(/\n\[kiln\] The run was stopped by the controller\.\n$/);
    expect(log).not.toContain('cancel');
  });

  it('speaks of a cancel that the api tells of only when it is asked', async () => {
    await own.start();
    const lease = api.grant({ options: LONG, ttlMs: 60_000 });
    const report = own.client.run(lease.ref, never);
    await eventually(isUp(lease));
    lease.cancelRequested = true;
    await own.client.stop(lease.ref);
    expect(await report).toMatchObject({ result: 'cancelled' });
    expect(storedLog(lease).toString()).toMatch(/\n\[kiln\] The build was cancelled\.\n$/);
  });

  it('ends the processes at once though the api does not say why they are to be stopped', async () => {
    await own.start({ stopAskMs: 300 });
    const lease = api.grant({ options: LONG, ttlMs: 60_000 });
    const report = own.client.run(lease.ref, never);
    await eventually(isUp(lease));
    const pids = processesOfRun(own.runFolderOf(lease));
    api.fault = (operation) => (operation === 'POST renew' ? 'drop_before' : 'none');
    const stopping = own.client.stop(lease.ref);
    await eventually(() => pids.filter(isRunning).length === 0);
    await stopping;
    expect(await report).toMatchObject({ result: 'failed' });
  });

  it('does not start a run that was stopped before it came', async () => {
    await own.start();
    const lease = api.grant();
    await own.client.stop(lease.ref);
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'cancelled' });
    expect(lease.acknowledgements).toBe(0);
  });

  it('makes one run of two calls that come at once', async () => {
    await own.start();
    const lease = api.grant({ options: { lines: 4 } });
    const reports = await Promise.all([own.client.run(lease.ref, never), own.client.run(lease.ref, never)]);
    expect(reports[0]).toEqual(reports[1]);
    expect(lease.acknowledgements).toBe(1);
    expect(outputLines(lease).filter((line) => line.startsWith('line'))).toHaveLength(4);
  });

  it('repeats an acknowledgement that was done while it was told that it failed', async () => {
    await own.start();
    let left = 2;
    api.fault = (operation) => (operation === 'POST acknowledge' && left-- > 0 ? 'drop_after' : 'none');
    const lease = api.grant();
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'succeeded' });
    expect(lease.acknowledgements).toBe(3);
  });

  it('takes a new token when its own is not known any more', async () => {
    await own.start();
    const lease = api.grant({ options: { seconds: 2, lines: 20 } });
    const report = own.client.run(lease.ref, never);
    await eventually(isUp(lease));
    lease.token = 'another';
    expect(await report).toMatchObject({ result: 'succeeded' });
    expect(outputLines(lease).filter((line) => line.startsWith('line'))).toHaveLength(20);
  });

  it('ends the run of an older fence before it begins a newer one', async () => {
    await own.start();
    const old = api.grant({ options: LONG });
    const oldReport = own.client.run(old.ref, never);
    await eventually(isUp(old));
    const pids = processesOfRun(own.runFolderOf(old));
    const { buildId } = old.ref;
    const next = api.grant({ build_id: buildId, attempt: 2, fence: 2 });
    expect(await own.client.run(next.ref, never)).toMatchObject({ result: 'succeeded' });
    expect(await oldReport).toMatchObject({ result: 'lost' });
    expect(pids.filter(isRunning)).toEqual([]);
    expect(await own.client.run(old.ref, never)).toMatchObject({ result: 'lost' });
  });

  it('reports a lease that is over as lost', async () => {
    await own.start();
    const lease = api.grant();
    lease.isOver = true;
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'lost' });
  });

  it('goes on while the api is silent and ends the run when the silence is too long', async () => {
    await own.start({ silenceMs: 1500 });
    const lease = api.grant({ options: LONG });
    const report = own.client.run(lease.ref, never);
    await eventually(isUp(lease));
    const pids = processesOfRun(own.runFolderOf(lease));
    api.fault = () => 'drop_before';
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(pids.filter(isRunning)).toEqual(pids);
    await eventually(() => pids.filter(isRunning).length === 0);
    api.fault = () => 'none';
    expect(await report).toMatchObject({ result: 'lost' });
    expect(lease.outcome).toMatchObject({ result: 'lost' });
  });

  it('says what to publish, for a lease without a run as well', async () => {
    await own.start();
    const lease = api.grant();
    expect(await own.client.publishSpec(lease.ref, never)).toEqual({
      from: lease.spec.staging.repository,
      to: lease.spec.repositories,
      registries: [],
    });
    await eventually(() => lease.renewals > 1);
    expect(lease.outcome).toBeNull();
  });

  it('renews the lease after the run, until it is over', async () => {
    await own.start();
    const lease = api.grant();
    await own.client.run(lease.ref, never);
    const before = lease.renewals;
    await eventually(() => lease.renewals > before + 1);
    lease.isOver = true;
    await eventually(() => !existsSync(own.journalOf(lease)));
  });

  it('does not start beside another one', async () => {
    await own.start();
    await expect(own.start()).rejects.toMatchObject({ code: 'service_start_failed' });
  });

  it('removes folders that belong to no lease when it starts', async () => {
    await mkdir(path.join(own.folder, 'state/runs/left-behind/workspace'), { recursive: true });
    await own.start();
    expect(await readdir(path.join(own.folder, 'state/runs'))).toEqual([]);
  });

  it('sends the log again when the api misses a part of it', async () => {
    await own.start();
    const lease = api.grant({ options: { lines: 30, seconds: 0.5 } });
    let forgotten = false;
    api.fault = (operation) => {
      if (operation === 'POST finish' && !forgotten) forgotten = lease.chunks.delete(1);
      return 'none';
    };
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'succeeded' });
    expect(forgotten).toBe(true);
    expect(outputLines(lease).filter((line) => line.startsWith('line'))).toHaveLength(30);
  });
});
