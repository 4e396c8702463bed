import { runtimeConfig } from '../../../src/engines/kaniko/bundle.js';
import { kanikoEngine } from '../../../src/engines/kaniko/engine.js';
import type { LaunchOrder } from '../../../src/engines/kaniko/order.js';
import { planBuild } from '../../../src/engines/kaniko/plan.js';
import type { KanikoOptions } from '../../../src/engines/kaniko/schema.js';
import type { EngineHost, PlanInput } from '../../../src/ports/engine.js';
import { expectGolden } from './recordings.js';

const HOST: EngineHost = {
  programs: { kaniko: '/opt/bin/executor', runc: '/opt/runc/bin/runc' },
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
  registries = ['127.0.0.1:5000', 'registry.test'],
  images = registries.map((name) => `${name}/base:1`),
  more: Partial<PlanInput['judged']> = {},
) {
  const plan = planBuild(
    {
      buildId: 'b1',
      attempt: 2,
      options: kanikoEngine.parseOptions(options) as KanikoOptions,
      contextFolder: '/runs/b1/context',
      workFolder: '/runs/b1/work',
      staging: { repository: '127.0.0.1:5000/staging/app', tag: 'b1-2' },
      secretFiles: {},
      labels: { source: 'here' },
      registryConfigFolder: '/runs/b1/registries',
      judged: { registries, sourceHosts: [], images, ...more },
      storageFolder: '/state/storage/kaniko/t1',
      host: { ...HOST, ...host },
    },
    '/kiln/launcher.js',
  );
  const order = JSON.parse(plan.files['/runs/b1/work/order.json'] ?? '') as LaunchOrder;
  return {
    plan: { ...plan, argv: plan.argv.map((word) => (word === process.execPath ? 'node' : word)) },
    order,
  };
}

const bundleOf = (order: LaunchOrder) =>
  runtimeConfig(order, '/root', order.ways === null ? null : '/proc/7/ns/net');

test('the plan of the defaults is as its golden says', () => {
  const { plan, order } = aPlan({});
  expectGolden('plan.defaults.golden.json', { ...plan, files: {}, order });
});

test('everything that can be set is in the arguments of the executor', () => {
  const { order } = aPlan({
    ...{ dockerfile: 'docker/api.Dockerfile', build_context: 'services', target_stage: 'final' },
    ...{ build_args: { VERSION: '1.2,3=4' }, cache_repo: 'registry.test/cache/app' },
  });
  const text = order.args.join(' ');
  expect(text).toContain('--context dir:///kaniko/buildcontext/services');
  expect(text).toContain('--dockerfile /kaniko/buildcontext/services/docker/api.Dockerfile');
  expect(text).toContain('--target final');
  expect(text).toContain('--build-arg VERSION=1.2,3=4');
  expect(text).toContain('--cache=true --cache-copy-layers --cache-repo registry.test/cache/app');
  expect(text).toContain('--label source=here');
});

test('the cache is off without a repository, and registry_repo is another name for one', () => {
  expect(aPlan({}).order.args).toContain('--cache=false');
  expect(aPlan({ registry_repo: 'registry.test/c' }).order.args).toContain('registry.test/c');
  const off = aPlan({ registry_repo: 'registry.test/c', cache_enabled: false });
  expect(off.order.args).toContain('--cache=false');
  expect(
    kanikoEngine.registriesOf?.(kanikoEngine.parseOptions({ registry_repo: 'registry.test/c' })),
  ).toEqual(['registry.test']);
});

test('secrets are refused with what to do', () => {
  expect(() => kanikoEngine.parseOptions({ secrets: [{ id: 'a', name: 'b' }] })).toThrow(
    /kaniko cannot mount secrets.*method buildx/,
  );
});

test('options of other methods are refused with what to use instead', () => {
  expect(() => kanikoEngine.parseOptions({ cache_from: ['r.test/c'] })).toThrow(/use cache_repo/);
  expect(() => kanikoEngine.parseOptions({ artifacts: [] })).toThrow(/artifacts belongs to buildx/);
  expect(() => kanikoEngine.parseOptions({ tests: { target: 'a' } })).toThrow(/target belongs to buildx/);
});

test('a build has a network of its own that leads to its registries only, unless the operator gives that of the host', () => {
  const closed = aPlan({}).order;
  expect(closed.ways).toEqual([
    { host: '127.0.0.1', port: 5000, address: '127.0.0.1' },
    { host: 'registry.test', port: 443, address: '127.77.0.2' },
  ]);
  expect(bundleOf(closed)).toMatchObject({
    linux: { namespaces: expect.arrayContaining([{ type: 'network', path: '/proc/7/ns/net' }]) },
  });
  const open = aPlan({}, { runNetwork: 'host' }).order;
  expect(open.ways).toBeNull();
  expect(JSON.stringify(bundleOf(open))).not.toContain('"network"');
});

test('a registry that is an address beyond loopback is refused with what to do', () => {
  expect(() => aPlan({}, {}, ['10.0.0.5:5000'])).toThrow(/by name only/);
});

test('neither a way nor credentials are given for a registry that the image is only published to', () => {
  const { order } = aPlan({}, {}, ['127.0.0.1:5000', 'registry.test'], ['127.0.0.1:5000/base:1']);
  expect(order.ways?.map(({ host }) => host)).toEqual(['127.0.0.1']);
  expect(order.credentials.registries).toEqual(['127.0.0.1:5000']);
});

test('the container is put below the control group of the run, which has the limits', () => {
  const { order } = aPlan({});
  const controlGroup = '/kiln-ab12/b1-2/builder';
  expect(bundleOf({ ...order, controlGroup })).toMatchObject({
    linux: { cgroupsPath: `${controlGroup}/kaniko` },
  });
  expect(JSON.stringify(bundleOf({ ...order, controlGroup }))).not.toContain('"memory"');
});

test('a resolved image is named by its digest in the Dockerfile that the executor gets, with what belongs beside it', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const { plan, order } = aPlan({}, {}, ['registry.test'], ['registry.test/base:1'], {
    digests: { 'registry.test/base:1': digest },
    dockerfile: { text: 'FROM registry.test/base:1\n', ignoreFiles: { '.dockerignore': 'secrets' } },
  });
  expect(plan.files).toMatchObject({
    '/runs/b1/work/Dockerfile': `FROM registry.test/base:1@${digest}\n`,
    '/runs/b1/work/Dockerfile.dockerignore': 'secrets',
  });
  expect(order.copies.slice(-2)).toEqual([
    { from: '/runs/b1/work/Dockerfile', to: '/kaniko/Dockerfile' },
    { from: '/runs/b1/work/Dockerfile.dockerignore', to: '/kaniko/Dockerfile.dockerignore' },
  ]);
  expect(order.args.join(' ')).toContain('--dockerfile /kaniko/Dockerfile ');
  expect(plan.images).toEqual([{ reference: 'registry.test/base:1', digest }]);
});
