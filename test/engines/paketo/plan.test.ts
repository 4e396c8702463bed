import { expect, test } from 'vitest';
import { containerConfig } from '../../../src/engines/runc/container-config.js';
import { readBuilder, type Builder } from '../../../src/engines/paketo/builder-image.js';
import { paketoEngine } from '../../../src/engines/paketo/engine.js';
import { PHASES, type LaunchOrder } from '../../../src/engines/paketo/order.js';
import { phaseContainer, type PhaseInput } from '../../../src/engines/paketo/phase-container.js';
import { planBuild } from '../../../src/engines/paketo/plan.js';
import type { PaketoOptions } from '../../../src/engines/paketo/schema.js';
import type { EngineHost } from '../../../src/ports/engine.js';
import { expectGolden } from './recordings.js';

const HOST: EngineHost = {
  programs: {
    ...{ runc: '/opt/runc/bin/runc', crane: '/opt/bin/crane' },
    ...{ lifecycle: '/opt/bin/lifecycle', launcher: '/opt/bin/launcher' },
  },
  buildkitAddress: null,
  egressGroupId: 4711,
  registryMirrors: [{ registry: 'docker.io', mirror: 'mirror.test/hub' }],
  insecureRegistries: ['127.0.0.1:5000'],
  registryCertificates: { 'registry.test': '/certificates/registry.test.pem' },
  proxyVariables: {},
  passesProxies: false,
  runNetwork: 'bridge',
};
const BUILDER: Builder = { userId: 1000, groupId: 1001, env: ['CNB_STACK_ID=s', 'LANG=C'], runImages: [] };

function aPlan(options: object = {}, host: Partial<EngineHost> = {}, more: object = {}) {
  const judged = ['127.0.0.1:5000', 'registry.test', 'published.test'];
  const plan = planBuild(
    {
      ...{ buildId: 'b1', projectId: 'p1', attempt: 2 },
      options: paketoEngine.parseOptions({
        builder: 'registry.test/cnb/builder:1',
        ...options,
      }) as PaketoOptions,
      ...{ contextFolder: '/runs/b1/context', workFolder: '/runs/b1/work' },
      staging: { repository: '127.0.0.1:5000/app-staging', tag: 'b1-2' },
      secretFiles: { 'binding.npm..npmrc': '/runs/b1/secrets/build/x' },
      registryConfigFolder: '/runs/b1/registries',
      judged: { registries: judged, sourceHosts: [], images: [] },
      storageFolder: '/state/storage/paketo/t1',
      host: { ...HOST, ...host },
      ...more,
    },
    '/kiln/launcher.js',
  );
  const order = JSON.parse(plan.files['/runs/b1/work/order.json'] ?? '') as LaunchOrder;
  return {
    plan: { ...plan, argv: plan.argv.map((word) => (word === process.execPath ? 'node' : word)) },
    order,
  };
}

function phases(order: LaunchOrder, more: Partial<PhaseInput> = {}) {
  const input: PhaseInput = {
    ...{ order, builder: BUILDER, runImage: 'registry.test/run@sha256:0' },
    ...{ hasOwnOrder: false, hasCache: true, previousImage: null, credentials: '{"secret":"Basic x"}' },
    networkPath: '/proc/7/ns/net',
    ...more,
  };
  return Object.fromEntries(PHASES.map((phase) => [phase, phaseContainer(phase, input, '/root')]));
}

test('the plan of the defaults is as its golden says', () => {
  const { plan, order } = aPlan();
  expectGolden('plan.defaults.golden.json', { ...plan, files: {}, order });
});

test('everything that can be set is in the order', () => {
  const { order } = aPlan(
    {
      ...{ run_image: 'busybox', buildpacks: ['a/b@1'], environment: { BP_X: '1' }, build_context: 'web' },
      bindings: [{ name: 'npm', type: 'npmrc', provider: 'us', secrets: { '.npmrc': 'npm-token' } }],
    },
    {},
    { labels: { 'org.opencontainers.image.revision': 'c' } },
  );
  expect(order).toMatchObject({
    ...{ runImage: 'busybox', buildpacks: ['a/b@1'], environment: { BP_X: '1' }, buildContext: 'web' },
    labels: { 'org.opencontainers.image.revision': 'c' },
    bindings: [
      {
        name: 'npm',
        texts: { type: 'npmrc', provider: 'us' },
        secretFiles: { '.npmrc': '/runs/b1/secrets/build/x' },
      },
    ],
  });
});

test('a git source that names no builder in the end says so', () => {
  expect(() => aPlan({ builder: undefined })).toThrow(/Neither the request nor kiln.yaml names a builder/);
});

test('no way is given to a registry that the image is only published to', () => {
  expect(aPlan().order.registries).toEqual(['127.0.0.1:5000', 'registry.test']);
});

test('layers of a project are kept for it alone, and not at all without the cache', () => {
  const { cacheName } = aPlan().order;
  expect(cacheName).toMatch(/^[0-9a-f]{32}$/);
  expect(aPlan({}, {}, { projectId: 'p2' }).order.cacheName).not.toBe(cacheName);
  expect(aPlan({ cache_enabled: false }).order.cacheName).toBeNull();
});

test('phases that run buildpacks have no credential, no network and no cache, and change nothing that the export goes by', () => {
  const all = phases(aPlan().order);
  for (const phase of ['detect', 'build']) {
    const container = all[phase]!;
    expect(container.hasOwnNetwork).toBe(true);
    expect(container.env.join(' ')).not.toMatch(/Basic|CNB_REGISTRY_AUTH/);
    const places = container.mounts.map(({ destination }) => destination);
    expect(places).not.toContain('/cache');
    expect(places).not.toContain('/kiln/certificates');
    const analyzed = container.mounts.find(({ destination }) => destination === '/kiln/analyzed');
    expect(analyzed?.options).toContain('ro');
  }
  const config = containerConfig(all['build']!);
  expect(config).toMatchObject({
    process: { noNewPrivileges: true, capabilities: { bounding: [] }, user: { uid: 1000, gid: 1001 } },
    linux: { namespaces: expect.arrayContaining([{ type: 'network', path: '/proc/7/ns/net' }]) },
  });
});

test('phases that speak to registries have the credentials and run under the group of the firewall', () => {
  const all = phases(aPlan().order);
  for (const phase of ['analyze', 'restore', 'export']) {
    expect(all[phase]).toMatchObject({ hasOwnNetwork: false, user: { additionalGids: [4711] } });
    expect(all[phase]!.env).toContain('CNB_REGISTRY_AUTH={"secret":"Basic x"}');
    expect(all[phase]!.env).not.toContain('LANG=C');
    expect(all[phase]!.args.join(' ')).toContain('-insecure-registry 127.0.0.1:5000');
  }
});

test('secrets of bindings can be read by every phase and changed by none', () => {
  for (const { mounts } of Object.values(phases(aPlan().order)))
    expect(mounts.find(({ destination }) => destination === '/platform')?.options).toContain('ro');
});

test('the phase build has a way to a proxy where steps have a bridge, and none where they have no network', () => {
  const proxy = 'HTTPS_PROXY=http://127.0.0.1:3128';
  const bridged = phases(aPlan().order);
  expect(bridged['build']).toMatchObject({
    networkPath: '/proc/7/ns/net',
    env: expect.arrayContaining([proxy]),
  });
  expect(bridged['detect']).toMatchObject({ hasOwnNetwork: true, networkPath: null });
  const none = phases(aPlan({}, { runNetwork: 'none' }).order);
  expect(none['build']).toMatchObject({ networkPath: null, hasOwnNetwork: true });
  expect(none['build']?.env).not.toContain(proxy);
});

test('the operator may give buildpacks the network of the host, with its proxies or without', () => {
  const proxyVariables = { HTTP_PROXY: 'http://proxy.test' };
  const { order } = aPlan({}, { runNetwork: 'host', proxyVariables });
  expect(phases(order)['build']).toMatchObject({ hasOwnNetwork: false, networkPath: null });
  expect(phases(order)['build']?.env).not.toContain('HTTP_PROXY=http://proxy.test');
  const passing = aPlan({}, { runNetwork: 'host', proxyVariables, passesProxies: true }).order;
  expect(phases(passing)['build']?.env).toContain('HTTP_PROXY=http://proxy.test');
});

test('a folder that a mount could not name is refused with what to do', () => {
  expect(() => aPlan({}, {}, { workFolder: '/runs/a,b' })).toThrow(/no comma, colon/);
});

const config = (labels: object, env = ['CNB_USER_ID=1000', 'CNB_GROUP_ID=1000']): string =>
  JSON.stringify({ config: { Env: env, Labels: labels } });
const LABEL = 'io.buildpacks.builder.metadata';

test.each([
  ['not JSON', /cannot be read/],
  [config({}), /no label io.buildpacks.builder.metadata/],
  [config({ [LABEL]: 'x' }), /label io.buildpacks.builder.metadata cannot be read/],
  [config({ [LABEL]: '{}' }, []), /no user other than root/],
  [config({ [LABEL]: '{}' }, ['CNB_USER_ID=0', 'CNB_GROUP_ID=0']), /no user other than root/],
])('an image that is no builder says why (%#)', (text, reason) => {
  expect(readBuilder(text)).toMatch(reason);
});

test('a builder names its run images in the old way and in the new', () => {
  const metadata = {
    images: [{ image: 'a.test/run', mirrors: ['b.test/run'] }],
    stack: { runImage: { image: 'c.test/run' } },
  };
  expect(readBuilder(config({ [LABEL]: JSON.stringify(metadata) }))).toMatchObject({
    runImages: [['a.test/run', 'b.test/run'], ['c.test/run']],
  });
});
