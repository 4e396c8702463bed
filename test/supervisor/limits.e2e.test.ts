import { vi } from 'vitest';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { effectiveLimits, type LimitValues } from '../../src/domain/limits/effective-limits.js';
import { AppendFile } from '../../src/supervisor/append-file.js';
import type { SupervisorDeps } from '../../src/supervisor/deps.js';
import { FakeControlPlane, storedLog } from '../support/fake-control-plane.js';
import { processesOfRun } from '../support/own-processes.js';
import { OwnSupervisor } from '../support/own-supervisor.js';
import { anImage } from '../support/builds.js';

const UPLOAD = { kind: 'upload', upload_id: '22222222-2222-4222-8222-222222222222' } as const;
const LIST_SHA256 = 'a'.repeat(64);

describe('a run that reaches a limit of its build', () => {
  const api = new FakeControlPlane();
  const never = new AbortController().signal;
  let own: OwnSupervisor;

  beforeAll(() => api.start());
  afterAll(() => api.stop());
  beforeEach(() => {
    api.calls.length = 0;
    api.contexts.set(LIST_SHA256, Buffer.from('bytes'));
    own = new OwnSupervisor(api);
  });
  afterEach(() => own.end());

  const withLimits = (project: LimitValues) => ({ limits: effectiveLimits({ project }) });
  const anUpload = (sizeBytes = 5) => ({
    source: UPLOAD,
    context: { sha256: LIST_SHA256, size_bytes: sizeBytes },
  });

  it('is ended when a step runs too long, and names the step and the limit', async () => {
    await own.start();
    const lease = api.grant({
      ...withLimits({ step_timeout_seconds: 1 }),
      options: { steps: 2, lines: 2, seconds: 60 },
    });
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'failed' });
    expect(lease.outcome?.failure).toMatchObject({
      code: 'step_timeout',
      stage: 'build',
      stepNumber: 1,
      message:
        'Step 1 (RUN stub 1) ran longer than the limit step_timeout_seconds (1s, set for the project). Raise it: kiln limits set --project PROJECT step_timeout_seconds=VALUE',
    });
    expect(lease.steps.get(1)).toMatchObject({ status: 'failed' });
    expect(processesOfRun(own.runFolderOf(lease))).toEqual([]);
  });

  it('goes on when each of its steps keeps the time, though together they are longer', async () => {
    await own.start();
    const lease = api.grant({
      ...withLimits({ step_timeout_seconds: 2 }),
      options: { steps: 3, lines: 3, seconds: 3 },
    });
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'succeeded' });
  });

  it('keeps beginning and end of its log and says what it left out', async () => {
    await own.start();
    const lease = api.grant({
      ...withLimits({ log_head_bytes: 1024, log_tail_bytes: 1024 }),
      options: { lines: 2000 },
    });
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'succeeded' });
    const log = storedLog(lease).toString();
    expect(log.length).toBeLessThan(3000);
    expect(log).toContain('line 1\n');
    expect(log).toContain('line 2000\n');
    expect(log).toMatch(
      /\[kiln\] \d+ lines \([\d.]+ kB\) were cut here: .*log_head_bytes \(1KiB, set for the project\)/,
    );
    expect(lease.seal?.note).toContain('kiln limits set --project PROJECT log_head_bytes=VALUE');
  });

  it('is not published when its image is too large, and names the largest layers', async () => {
    const sizes = [600_000, 5_000_000];
    const inspect: ReturnType<SupervisorDeps['registryFor']>['inspect'] = (repository, manifestDigest) => {
      const image = anImage('large');
      const layers = image.layers.slice(0, 2).map((layer, index) => ({
        ...layer,
        sizeBytes: sizes[index] ?? 0,
        createdBy: index === 1 ? 'RUN make everything' : null,
      }));
      return Promise.resolve({
        ...image,
        repository,
        manifestDigest,
        compressedSizeBytes: 5_600_000,
        layers,
      });
    };
    const told = () => Promise.resolve({ envVars: [], history: [] });
    await own.start({}, { registryFor: () => ({ inspect, told, head: () => Promise.resolve(null) }) });
    const lease = api.grant(withLimits({ image_max_bytes: 2_000_000 }));
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'failed' });
    expect(lease.outcome?.failure).toMatchObject({
      code: 'image_too_large',
      stage: 'verification',
      message:
        'The image has 5.6 MB compressed: more than the limit image_max_bytes (2MB, set for the project). Largest: layer 2 (5.0 MB) by RUN make everything; layer 1 (600.0 kB). Raise it: kiln limits set --project PROJECT image_max_bytes=VALUE',
    });
  });

  it('is refused before its context is fetched when that cannot fit into its workspace', async () => {
    await own.start();
    const lease = api.grant({ ...withLimits({ workspace_max_bytes: 1024 ** 2 }), ...anUpload(600_000) });
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'failed' });
    expect(lease.outcome?.failure).toMatchObject({ code: 'workspace_too_large', retryable: false });
    expect(api.calls).not.toContain('GET context');
  });

  it('is ended when its workspace grows too large', async () => {
    const unpackContext: SupervisorDeps['unpackContext'] = (_file, folder) =>
      writeFile(path.join(folder, 'large'), Buffer.alloc(2 * 1024 ** 2, 1));
    await own.start({ measureEveryMs: 50 }, { unpackContext });
    const lease = api.grant({
      ...withLimits({ workspace_max_bytes: 1024 ** 2 }),
      ...anUpload(),
      options: { seconds: 60 },
    });
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'failed' });
    expect(lease.outcome?.failure).toMatchObject({
      code: 'workspace_too_large',
      message: expect.stringContaining(
        'more than the limit workspace_max_bytes (1MiB, set for the project)',
      ) as unknown,
    });
    expect(processesOfRun(own.runFolderOf(lease))).toEqual([]);
  });

  const thrown = (code: string) => Object.assign(new Error(`${code}: write`), { code });

  it('is given up at once, for another host to try, when the disk is full', async () => {
    let tries = 0;
    const unpackContext = () => Promise.reject(((tries += 1), thrown('ENOSPC')));
    await own.start({}, { unpackContext });
    const lease = api.grant(anUpload());
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'failed' });
    expect(lease.outcome?.failure).toMatchObject({ code: 'disk_full', retryable: true });
    expect(tries).toBe(1);
  });

  it('ends as disk_full, with its log, when its source has filled the disk while its output is followed', async () => {
    let context = '';
    const append = AppendFile.prototype.append;
    const full = vi.spyOn(AppendFile.prototype, 'append').mockImplementation(function (
      this: AppendFile,
      records,
    ) {
      const isOutput = records.some((record) => 'kind' in record && record.kind === 'output');
      if (isOutput) isFull = true;
      if (isFull && existsSync(context)) return Promise.reject(thrown('ENOSPC'));
      return append.call(this, records);
    });
    let isFull = false;
    const unpackContext: SupervisorDeps['unpackContext'] = (_file, folder) => {
      context = folder;
      return writeFile(path.join(folder, 'large'), 'x');
    };
    await own.start({}, { unpackContext });
    const lease = api.grant({ ...anUpload(), options: { lines: 5, seconds: 60 } });
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'failed' });
    full.mockRestore();
    expect(lease.outcome?.failure).toMatchObject({ code: 'disk_full', retryable: true });
    expect(storedLog(lease).toString()).toContain('(disk_full)');
    expect(processesOfRun(own.runFolderOf(lease))).toEqual([]);
  });

  it('is given up after some tries when its context cannot be unpacked for another reason', async () => {
    let tries = 0;
    const unpackContext = () => Promise.reject(((tries += 1), thrown('EIO')));
    await own.start({}, { unpackContext });
    const lease = api.grant(anUpload());
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'failed' });
    expect(lease.outcome?.failure).toMatchObject({ code: 'internal' });
    expect(tries).toBe(3);
  });
});
