import { containerConfig } from '../../../src/engines/runc/container-config.js';
import { containerOf } from '../../../src/engines/packer/container.js';
import { packerEngine } from '../../../src/engines/packer/engine.js';
import type { LaunchOrder, Phase } from '../../../src/engines/packer/order.js';
import { planBuild } from '../../../src/engines/packer/plan.js';
import type { PackerOptions } from '../../../src/engines/packer/schema.js';
import type { EngineHost } from '../../../src/ports/engine.js';
import { expectGolden } from './recordings.js';

const HOST: EngineHost = {
  programs: {
    ...{ packer: '/opt/packer', buildah: '/opt/buildah', busybox: '/opt/busybox', runc: '/opt/runc' },
  },
  buildkitAddress: null,
  egressGroupId: 4711,
  registryMirrors: [],
  insecureRegistries: ['127.0.0.1:5000'],
  registryCertificates: { 'registry.test': '/certificates/registry.test.pem' },
  proxyVariables: {},
  passesProxies: false,
  runNetwork: 'bridge',
};

function aPlan(
  options: unknown,
  host: Partial<EngineHost> = {},
  secretFiles: Record<string, string> = {},
  digests: Record<string, string> = {},
) {
  const plan = planBuild(
    {
      buildId: 'b1',
      attempt: 2,
      options: packerEngine.parseOptions(options) as PackerOptions,
      contextFolder: '/runs/b1/context',
      workFolder: '/runs/b1/work',
      staging: { repository: '127.0.0.1:5000/staging/app', tag: 'b1-2' },
      secretFiles,
      registryConfigFolder: '/runs/b1/registries',
      controlGroup: '/kiln-1/b1-2/builder',
      judged: { registries: ['127.0.0.1:5000', 'registry.test'], sourceHosts: [], images: [], digests },
      storageFolder: '/state/storage/packer/t1',
      host: { ...HOST, ...host },
    },
    '/kiln/launcher.js',
  );
  const order = JSON.parse(plan.files['/runs/b1/work/order.json'] ?? '') as LaunchOrder;
  return {
    plan: { ...plan, argv: plan.argv.map((word) => (word === process.execPath ? 'node' : word)) },
    order,
    phase: (name: string): Phase => order.phases.find((one) => one.name === name)!,
  };
}

const configOf = (order: LaunchOrder, phase: Phase, accessFolder: string | null = null) =>
  containerConfig(
    containerOf(order, phase, {
      root: '/run/kiln-packer/x',
      libraries: ['/lib/libc.so.6'],
      network: { isOwn: !phase.hasHostNetwork, path: null, hostsFile: '/hosts', accessFolder },
    }),
  ) as {
    mounts: { destination: string; options: string[] }[];
    linux: { cgroupsPath: string; namespaces: unknown; uidMappings: { hostID: number; size: number }[] };
  };

test('the plan of the defaults is as its golden says', () => {
  const { plan, order } = aPlan({});
  expectGolden('plan.defaults.golden.json', { ...plan, files: {}, order });
});

test('a template that is given as text is written to a file and named by it', () => {
  const { plan, order, phase } = aPlan({ packer_template: 'source "null" "x" {}' });
  expect(plan.files['/runs/b1/work/template.pkr.hcl']).toBe('source "null" "x" {}');
  expect(order.templatePath).toBe('/runs/b1/work/template.pkr.hcl');
  expect(phase('build').args.at(-1)).toBe('/kiln/template.pkr.hcl');
});

test('a template of the source is named from its build context, in which packer runs', () => {
  const { order, phase } = aPlan({ packer_template: 'images/a.pkr.hcl', build_context: 'services' });
  expect(order.templatePath).toBe('/runs/b1/context/services/images/a.pkr.hcl');
  expect([phase('build').cwd, phase('build').args.at(-1)]).toEqual([
    '/workspace/services',
    'images/a.pkr.hcl',
  ]);
});

test('variables go by file; of secrets only the place of their files is told, and neither is in an argv', () => {
  const options = {
    build_args: { version: '1.2 ${x}' },
    secrets: [{ id: 'token', name: 'npm' }],
  };
  const { plan, order, phase } = aPlan(options, {}, { token: '/runs/b1/secrets/token' });
  expect(JSON.parse(plan.files['/runs/b1/work/variables.json'] ?? '')).toEqual(options.build_args);
  expect(order.secretFiles).toEqual({ token: '/runs/b1/secrets/token' });
  for (const name of ['validate', 'build']) {
    const text = phase(name).args.join(' ');
    expect(text).toContain('-var-file /kiln/variables.pkrvars.json -var-file /kiln/secrets.pkrvars.json');
    expect(text).not.toContain('1.2');
  }
});

test('a secret that is not stored is refused', () => {
  expect(() => aPlan({ secrets: [{ id: 'token', name: 'npm' }] })).toThrow(/"npm".*is not stored/);
});

test('only pulls and the push have a network, each to its own registry; what runs the template has none', () => {
  const { order } = aPlan({ base_images: ['registry.test/base:1'] });
  const reach = order.phases.map(({ name, access, hasHostNetwork }) => [
    name,
    access?.registries ?? null,
    access?.ways?.map(({ host, port }) => `${host}:${port}`) ?? null,
    hasHostNetwork,
  ]);
  expect(reach).toEqual([
    ['pull', ['registry.test'], ['registry.test:443'], false],
    ...['init', 'validate', 'build', 'read'].map((name) => [name, null, null, false]),
    ['push', ['127.0.0.1:5000'], ['127.0.0.1:5000'], false],
  ]);
});

test('the operator can give templates the network of the host, but never credentials', () => {
  const { order } = aPlan({}, { runNetwork: 'host' });
  expect(order.phases.map(({ name, hasHostNetwork, access }) => [name, hasHostNetwork, access])).toEqual([
    ...['init', 'validate', 'build'].map((name) => [name, true, null]),
    ['read', false, null],
    ['push', true, { registries: ['127.0.0.1:5000'], ways: null }],
  ]);
});

test('the image is read and pushed in a root that the template has never seen, and only the push can write its digest', () => {
  const { order, phase } = aPlan({});
  expect(order.phases.map(({ name, root }) => [name, root])).toEqual([
    ...['init', 'validate'].map((name) => [name, 'checks']),
    ['build', 'template'],
    ...['read', 'push'].map((name) => [name, 'fresh']),
  ]);
  const mounts = (name: string): [string, boolean][] =>
    configOf(order, phase(name))
      .mounts.filter(({ destination }) => /^\/(?:out|pushed|workspace)$/.test(destination))
      .map(({ destination, options }) => [destination, options.includes('rw')]);
  expect(mounts('build')).toEqual([
    ['/workspace', true],
    ['/out', true],
  ]);
  expect(mounts('read')).toEqual([['/out', false]]);
  expect(mounts('push')).toEqual([['/pushed', true]]);
});

test('the root of the container is nobody on the host, and every run has users of its own', () => {
  const { order, phase } = aPlan({});
  const { linux } = configOf(order, phase('build'));
  expect(linux.namespaces).toEqual(
    ['pid', 'ipc', 'uts', 'mount', 'network', 'user', 'cgroup'].map((type) => ({ type })),
  );
  expect(linux.uidMappings).toEqual([{ containerID: 0, hostID: order.users.firstId, size: 65_536 }]);
  expect(order.users.firstId).toBeGreaterThanOrEqual(0x7000_0000);
  expect(order.users.firstId + order.users.count).toBeLessThan(0x8000_0000);
});

test('checks of the template, which run beside the pulls, have a root and a control group of their own', () => {
  const { order, phase } = aPlan({ base_images: ['registry.test/base:1'] });
  const groups = ['pull', 'init', 'validate', 'build', 'push'].map((name) => [
    phase(name).root,
    configOf(order, phase(name)).linux.cgroupsPath,
  ]);
  const below = '/kiln-1/b1-2/builder/packer';
  expect(groups).toEqual([
    ['template', `${below}/work`],
    ...['init', 'validate'].map(() => ['checks', `${below}/checks`]),
    ['template', `${below}/work`],
    ['fresh', `${below}/work`],
  ]);
});

test('a program that the host lacks is named', () => {
  expect(() => aPlan({}, { programs: { runc: '/r' } })).toThrow(/packer was not found/);
});

test('a resolved base image is pulled by its digest, and gets the name that the template knows, without a registry', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const base = 'registry.test/base:1';
  const { plan, order, phase } = aPlan(
    { base_images: [base, 'registry.test/other:1'] },
    {},
    {},
    { [base]: digest },
  );
  expect(order.phases.slice(0, 3).map(({ name, args }) => [name, args.slice(-2)])).toEqual([
    ['pull', ['--', `registry.test/base@${digest}`]],
    ['tag', [`registry.test/base@${digest}`, base]],
    ['pull', ['--', 'registry.test/other:1']],
  ]);
  expect(phase('tag').access).toBeNull();
  expect(plan.images).toEqual([
    { reference: base, digest },
    { reference: 'registry.test/other:1', digest: null },
  ]);
});
