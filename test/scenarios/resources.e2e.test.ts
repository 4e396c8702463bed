import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findTrees, groupOfState } from '../../src/adapters/cgroup/run-groups.js';
import type { BuildConfig } from '../../src/contracts/build-config-operations.js';
import type { Build, BuildMetrics, BuildStep } from '../../src/contracts/builds.js';
import { groupsOfRuns } from '../support/groups-of-runs.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';

/** Control groups need root, as two of the methods do; what is said without them is looked at in test/supervisor. */
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;

let kiln: TestKiln;
beforeAll(async () => {
  kiln = await startKiln();
  await kiln.call('POST', '/v1/projects', { slug: 'scenario' });
  await kiln.call('POST', '/v1/projects', { slug: 'trusted', trust: 'trusted' });
}, 600_000);
afterAll(async () => {
  await kiln.stop();
  expect(groups()).toEqual([]);
}, 60_000);

const start = (method: string, resources: object, ...lines: string[]): Promise<Build> =>
  kiln.json<Build>('POST', `/v1/projects/${method === 'kaniko' ? 'trusted' : 'scenario'}/builds`, {
    ...{ method, resources, source: { kind: 'inline' } },
    options: { dockerfile_inline: [`FROM ${kiln.baseImage}`, ...lines].join('\n') },
  });
const finish = async (method: string, resources: object, ...lines: string[]): Promise<Build> => {
  const { id } = await start(method, resources, ...lines);
  return kiln.until(id, (build) => hasEnded(build) && build.log_complete);
};
const metricsOf = (build: Build): Promise<BuildMetrics> =>
  kiln.json<BuildMetrics>('GET', `/v1/builds/${build.id}/metrics`);

const parent = (): string => groupOfState(join(kiln.stateFolder, 'supervisor'));
const groups = (): string[] => groupsOfRuns(kiln.stateFolder);
/** What a file of the group of a run says, in the tree with the controller. */
const fileOf = (build: Build, controller: string, ...names: string[]): string => {
  const tree = findTrees().find(({ controllers }) => controllers.includes(controller))!;
  const folder = join(tree.mount, parent(), `${build.id}-1`);
  const file = names.map((name) => join(folder, name)).find((one) => existsSync(one))!;
  return readFileSync(file, 'utf8').trim();
};

asRoot.each(['buildx', 'container', 'kaniko'])(
  'a build of %s has the limits it asked for while it runs, and is measured',
  async (method) => {
    const resources = { memory: '256MiB', cpus: 0.75, pids: 100 };
    const work = 'dd if=/dev/zero of=/dev/null bs=60M count=20';
    const running = await start(method, resources, `RUN ${work} && echo at work && sleep 1`);
    await kiln.until(running.id, async () => (await kiln.log(running.id)).includes('at work\n'));
    expect(fileOf(running, 'memory', 'memory.max', 'memory.limit_in_bytes')).toBe(String(256 * 1024 ** 2));
    expect(fileOf(running, 'cpu', 'cpu.max', 'cpu.cfs_quota_us').split(' ')[0]).toBe('75000');
    expect(fileOf(running, 'pids', 'pids.max')).toBe('100');
    expect(Number(fileOf(running, 'pids', 'pids.current'))).toBeGreaterThan(1);
    const build = await kiln.until(running.id, (one) => hasEnded(one) && one.log_complete);
    expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
    const metrics = await metricsOf(build);
    expect(metrics.peak_memory_usage_mb).toBeGreaterThan(50);
    expect(metrics.peak_memory_usage_mb).toBeLessThanOrEqual(256);
    expect(metrics.cpu_usage_percent).toBeGreaterThan(0);
    expect(groups()).toEqual([]);
  },
  60_000,
);

asRoot(
  'the group of a run is no part of a cache key, and a run whose steps are all cached is not measured',
  async () => {
    const lines = ['RUN echo once'];
    await finish('buildx', { memory: '256MiB' }, ...lines);
    const again = await finish('buildx', { memory: '300MiB' }, ...lines);
    const { items } = await kiln.json<{ items: BuildStep[] }>('GET', `/v1/builds/${again.id}/steps`);
    expect(items.find((step) => step.instruction_type === 'RUN')).toMatchObject({ cached: true });
    expect((await metricsOf(again)).peak_memory_usage_mb).toBeNull();
  },
  60_000,
);

asRoot(
  'a build that may have no more processes says so',
  async () => {
    const build = await finish('buildx', { pids: 32 }, 'RUN for i in $(seq 60); do sleep 5 & done; wait');
    expect(build.status).toBe('failed');
    expect(await kiln.log(build.id)).toContain('as many processes and threads as it may, 32');
  },
  60_000,
);

asRoot(
  'a run that is killed leaves no group',
  async () => {
    const running = await start('buildx', {}, 'RUN echo asleep; sleep 300');
    await kiln.until(running.id, async () => (await kiln.log(running.id)).includes('asleep\n'));
    const own = fileOf(running, 'pids', 'own/cgroup.procs').split('\n').map(Number);
    expect(own.length).toBeGreaterThan(0);
    for (const pid of own) process.kill(pid, 'SIGKILL');
    await kiln.until(running.id, hasEnded);
    for (let tried = 0; tried < 50 && groups().length > 0; tried++) await sleep(100);
    expect(groups()).toEqual([]);
  },
  60_000,
);

test('steps of a build without network have loopback only, and its settings say where each came from', async () => {
  const { id } = await kiln.json<Build>('POST', '/v1/projects/scenario/builds', {
    source: { kind: 'inline' },
    options: {
      dockerfile_inline: `FROM ${kiln.baseImage}\nRUN test "$(tail -n +3 /proc/net/dev | grep -vc lo:)" = 0`,
    },
    resources: { cpus: 1.5 },
    build_file: {
      name: 'kiln.yaml',
      content: { version: 1, resources: { network: 'none', memory: '1GiB', cpus: 1 } },
    },
  });
  const build = await kiln.until(id, hasEnded);
  expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
  const { settings } = await kiln.json<BuildConfig>('GET', `/v1/builds/${id}/config`);
  expect(settings.filter(({ name }) => name.startsWith('resources.'))).toEqual([
    { name: 'resources.memory', value: '1GiB', origin: 'build_file' },
    { name: 'resources.cpus', value: 1.5, origin: 'request' },
    { name: 'resources.pids', value: 16384, origin: 'built_in' },
    { name: 'resources.network', value: 'none', origin: 'build_file' },
  ]);
});

test('more than the limit is refused with how to raise it', async () => {
  await kiln.json('PATCH', '/v1/limits?project=scenario', { memory_max_bytes: 512 * 1024 ** 2 });
  await expect(start('buildx', { memory: '1GiB' }, 'RUN true')).rejects.toThrow(
    /resources.memory: 1GiB is more than the limit memory_max_bytes \(512MiB, set for the project\).*kiln limits set/,
  );
  await kiln.json('PATCH', '/v1/limits?project=scenario', { memory_max_bytes: null });
});
