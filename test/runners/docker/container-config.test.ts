import { containerConfig, containerName } from '../../../src/runners/docker/container-config.js';
import { librariesIn } from '../../../src/runners/docker/libraries.js';
import type { Confinement, RunPlan } from '../../../src/ports/engine.js';

const PLAN: RunPlan = {
  ...{ argv: ['/opt/tool', '--flag', 'a b; c'], env: { A: '1' }, cwd: '/runs/b1/work' },
  ...{ files: {}, outputs: [] },
};
const CONFINEMENT: Confinement = {
  reach: { programs: ['/opt/tool'], read: ['/runs/b1/context'], write: ['/runs/b1/work'], network: 'none' },
  limits: { memoryBytes: 1024 ** 3, cpuMilli: 1500, pids: 512 },
  controlGroup: '/kiln-1/b1/builder',
};
const PARTS = {
  ...{ folder: '/runs/b1/run', stdout: '/runs/b1/run/stdout', stderr: '/runs/b1/run/stderr' },
  ...{ busybox: '/bin/busybox', readOnly: ['/opt/tool', '/runs/b1/context'], writable: ['/runs/b1/work'] },
  ...{ user: '1000:1000', takesGroupPath: true, cpus: 4 },
};

interface Config {
  readonly Cmd: string[];
  readonly Entrypoint: string[];
  readonly User: string;
  readonly HostConfig: Record<string, unknown> & {
    readonly Mounts: { Source: string; Target: string; ReadOnly: boolean }[];
  };
}
const configOf = (changes: Partial<typeof PARTS> = {}, confinement = CONFINEMENT): Config =>
  containerConfig(PLAN, confinement, { ...PARTS, ...changes }) as Config;

test('the words of a plan stay words, whatever is in them', () => {
  expect(configOf().Cmd).toEqual(['/opt/tool', '--flag', 'a b; c']);
});

test('a container has no capability, no way to more rights, a root that cannot be written and no log of its own', () => {
  expect(configOf().HostConfig).toMatchObject({
    ...{ CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'], ReadonlyRootfs: true },
    ...{ LogConfig: { Type: 'none' }, NetworkMode: 'none', RestartPolicy: { Name: 'no' } },
  });
  expect(configOf().HostConfig).not.toHaveProperty('Privileged');
});

test('what starts containers gets the capabilities for it, its own control groups alone, and still no root that can be written', () => {
  const { HostConfig: host, Entrypoint: words } = configOf({}, { ...CONFINEMENT, startsContainers: true });
  expect(host).toMatchObject({
    ...{ CapDrop: ['ALL'], CapAdd: expect.arrayContaining(['SYS_ADMIN']) as unknown },
    ...{ CgroupnsMode: 'private', MaskedPaths: [], ReadonlyRootfs: true, LogConfig: { Type: 'none' } },
    ...{ Memory: 1024 ** 3, PidsLimit: 512, CgroupParent: '/kiln-1/b1/builder' },
  });
  expect(host).not.toHaveProperty('Privileged');
  expect(host['Mounts']).toEqual(configOf().HostConfig.Mounts);
  expect(words.join(' ')).toContain('remount');
  expect(configOf().Entrypoint.join(' ')).not.toContain('mount');
  expect(configOf().HostConfig).not.toHaveProperty('MaskedPaths');
});

test('folders that are temporary are made in memory, and what is written is not mounted to be read too', () => {
  const reach = { ...CONFINEMENT.reach, temporary: ['/run'] };
  const { HostConfig: host } = configOf({ readOnly: ['/runs/b1/work'] }, { ...CONFINEMENT, reach });
  expect(Object.keys(host['Tmpfs'] as object)).toEqual(['/tmp', '/run']);
  expect(host.Mounts.filter(({ Target }) => Target === '/runs/b1/work')).toMatchObject([{ ReadOnly: false }]);
});

test('the limits of the build hold for its container, without swap, below the control group of its run', () => {
  expect(configOf().HostConfig).toMatchObject({
    ...{ Memory: 1024 ** 3, MemorySwap: 1024 ** 3, NanoCpus: 1_500_000_000, PidsLimit: 512 },
    CgroupParent: '/kiln-1/b1/builder',
  });
});

test('all CPUs of the host are no limit, and an engine that names groups itself is told none', () => {
  const all = { ...CONFINEMENT, limits: { ...CONFINEMENT.limits, cpuMilli: null } };
  expect(configOf({ cpus: 1 }).HostConfig).not.toHaveProperty('NanoCpus');
  const { HostConfig: host } = configOf({ takesGroupPath: false }, all);
  expect(host).not.toHaveProperty('NanoCpus');
  expect(host).not.toHaveProperty('CgroupParent');
});

test('what is to be read cannot be written, and everything keeps its path', () => {
  const mounts = configOf().HostConfig.Mounts;
  expect(mounts.every(({ Source, Target }) => Source === Target)).toBe(true);
  expect(mounts.filter(({ ReadOnly }) => !ReadOnly).map(({ Target }) => Target)).toEqual([
    ...['/runs/b1/run/stdout', '/runs/b1/run/stderr', '/runs/b1/work'],
  ]);
});

test('a file that is named twice is mounted once', () => {
  const twice = configOf({ readOnly: ['/lib/libc.so.6', '/lib/libc.so.6', '/bin/busybox'] }).HostConfig
    .Mounts;
  expect(twice.map(({ Target }) => Target).sort()).toEqual(
    [...new Set(twice.map(({ Target }) => Target))].sort(),
  );
});

test('a container is named after its run, and otherwise than one of the same run under another folder', () => {
  expect(containerName('/var/lib/kiln/runs/b1-2/run')).toMatch(/^kiln-b1-2-[0-9a-f]{8}$/);
  expect(containerName('/a/runs/b1-2/run')).not.toBe(containerName('/b/runs/b1-2/run'));
});

test('libraries are read from what ldd prints, the loader too, and none of a static program', () => {
  const listed = [
    '\tlinux-vdso.so.1 (0x00007ffd)',
    '\tlibdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007f10)',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007f11)',
  ].join('\n');
  expect(librariesIn(listed)).toEqual(['/lib/x86_64-linux-gnu/libdl.so.2', '/lib64/ld-linux-x86-64.so.2']);
  expect(librariesIn('\tnot a dynamic executable\n')).toEqual([]);
});
