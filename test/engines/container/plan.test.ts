import { containerEngine } from '../../../src/engines/container/engine.js';
import type { LaunchOrder } from '../../../src/engines/container/order.js';
import { planBuild } from '../../../src/engines/container/plan.js';
import type { ContainerOptions } from '../../../src/engines/container/schema.js';
import type { EngineHost, PlanInput } from '../../../src/ports/engine.js';
import { expectGolden } from './recordings.js';

const HOST: EngineHost = {
  programs: { buildah: '/opt/bin/buildah', runc: '/opt/runc/bin/runc' },
  buildkitAddress: null,
  egressGroupId: null,
  registryMirrors: [],
  insecureRegistries: ['registry.test:5000'],
  registryCertificates: {},
  proxyVariables: {},
  passesProxies: false,
  runNetwork: 'none',
};

function aPlan(options: unknown, changes: Partial<PlanInput<ContainerOptions>> = {}) {
  const plan = planBuild(
    {
      buildId: 'b1',
      attempt: 2,
      options: containerEngine.parseOptions(options) as ContainerOptions,
      contextFolder: '/runs/b1/context',
      workFolder: '/runs/b1/work',
      staging: { repository: 'registry.test:5000/staging/app', tag: 'b1-2' },
      secretFiles: {},
      registryConfigFolder: '/runs/b1/registries',
      judged: {
        registries: ['registry.test:5000', 'docker.io'],
        sourceHosts: [],
        images: ['busybox', 'registry.test:5000/base:1'],
      },
      storageFolder: '/state/storage/container/t1',
      host: HOST,
      ...changes,
    },
    '/kiln/launcher.js',
  );
  const order = JSON.parse(plan.files['/runs/b1/work/order.json'] ?? '') as LaunchOrder;
  return {
    plan: { ...plan, argv: plan.argv.map((word) => (word === process.execPath ? 'node' : word)) },
    order,
  };
}

const phase = (order: LaunchOrder, name: string) => order.phases.find((one) => one.name === name)!;

test('the plan of the defaults is as its golden says', () => {
  const { plan, order } = aPlan({});
  expectGolden('plan.defaults.json', {
    ...plan,
    order,
    files: { ...plan.files, '/runs/b1/work/order.json': '' },
  });
});

test('everything that can be set is in the argv of the build', () => {
  const { order, plan } = aPlan(
    {
      dockerfile: 'docker/api.Dockerfile',
      build_context: 'services/api/',
      build_args: { VERSION: '1.2,3=4' },
      target_stage: 'final',
      cache_enabled: false,
      secrets: [{ id: 'npm', name: 'npm-token' }],
    },
    {
      secretFiles: { npm: '/runs/b1/secrets/npm' },
      labels: { a: 'b' },
      host: { ...HOST, egressGroupId: 77 },
    },
  );
  const text = phase(order, 'build').argv.join(' ');
  for (const part of [
    '--file /runs/b1/context/services/api/docker/api.Dockerfile',
    '--build-arg VERSION=1.2,3=4',
    '--target final',
    '--no-cache',
    '--secret id=npm,src=/runs/b1/secrets/npm',
    '--label a=b',
  ])
    expect(text).toContain(part);
  expect(text).toMatch(/ -- \/runs\/b1\/context\/services\/api$/);
  expect(plan.argv.slice(0, 3)).toEqual(['setpriv', '--groups', '77']);
});

test('the builder has no network of its own, whatever the bridge of BuildKit, unless the operator gives that of the host', () => {
  for (const runNetwork of ['none', 'bridge'] as const) {
    const { argv } = phase(aPlan({}, { host: { ...HOST, runNetwork } }).order, 'build');
    expect(argv.slice(0, 2)).toEqual(['unshare', '--net']);
    expect(argv.join(' ')).toContain('--network none');
  }
  const { argv } = phase(aPlan({}, { host: { ...HOST, runNetwork: 'host' } }).order, 'build');
  expect(argv[0]).toBe('/opt/bin/buildah');
  expect(argv.join(' ')).toContain('--network host');
});

test('images come from judged registries alone, by plain HTTP, mirrors and certificates as the host says', () => {
  const host: EngineHost = {
    ...HOST,
    registryMirrors: [{ registry: 'docker.io', mirror: 'mirror.test:5000/hub' }],
    registryCertificates: { 'mirror.test:5000': '/ca/mirror.pem' },
  };
  const { plan, order } = aPlan({}, { host });
  const policy = JSON.parse(plan.files['/runs/b1/work/policy.json'] ?? '') as {
    default: [{ type: string }];
    transports: { docker: object };
  };
  expect(policy.default[0].type).toBe('reject');
  expect(Object.keys(policy.transports.docker)).toEqual(['registry.test:5000', 'docker.io']);
  const registries = plan.files['/runs/b1/work/registries.conf'];
  expect(registries).toContain('location = "registry.test:5000"\ninsecure = true');
  expect(registries).toContain('[[registry.mirror]]\nlocation = "mirror.test:5000/hub"\ninsecure = false');
  expect(order.certificates).toEqual([
    { from: '/ca/mirror.pem', to: '/runs/b1/work/certificates/docker.io/1.crt' },
  ]);
  expect(phase(order, 'pull').argv.join(' ')).toContain('--cert-dir /runs/b1/work/certificates/docker.io');
});

test('a password of a proxy is in the environment of pull and push, never in an argv and never in the build', () => {
  const proxyVariables = { HTTPS_PROXY: 'http://u:password@proxy.test' };
  const { order } = aPlan({}, { host: { ...HOST, proxyVariables } });
  expect(JSON.stringify(order.phases.map(({ argv }) => argv))).not.toContain('password');
  expect(order.phases.map(({ name, env }) => [name, 'HTTPS_PROXY' in env])).toEqual([
    ['pull', true],
    ['pull', true],
    ['build', false],
    ['push', true],
  ]);
});

test('a secret that is not stored, a path that would say more, and a missing program are refused', () => {
  const secrets = [{ id: 'npm', name: 'npm-token' }];
  expect(() => aPlan({ secrets })).toThrow('"npm-token" (id npm) is not stored');
  expect(() => aPlan({ secrets }, { secretFiles: { npm: '/a,b/npm' } })).toThrow('may hold no comma');
  expect(() => aPlan({}, { host: { ...HOST, programs: { runc: '/x' } } })).toThrow('buildah was not found');
});

test('steps of an untrusted build have users of their own, those of its storage; of a trusted one those of the host', () => {
  const mapOf = (over: Parameters<typeof aPlan>[1]): string | undefined => {
    const { argv } = phase(aPlan({}, over).order, 'build');
    const [uids, gids] = ['--userns-uid-map', '--userns-gid-map'].map((name) => argv[argv.indexOf(name) + 1]);
    expect(uids).toBe(gids);
    return argv.includes('--userns-uid-map') ? uids : undefined;
  };
  const own = mapOf({ storageFolder: '/state/storage/container/t1' });
  expect(own).toMatch(/^0:\d{10}:65536$/);
  expect(mapOf({ trust: 'untrusted', storageFolder: '/state/storage/container/t1' })).toBe(own);
  expect(mapOf({ trust: 'untrusted', storageFolder: '/state/storage/container/t2' })).not.toBe(own);
  expect(mapOf({ trust: 'trusted' })).toBeUndefined();
});

test('steps are put below the control group of the run', () => {
  const { order } = aPlan({}, { controlGroup: '/kiln-ab12/b1-2/builder' });
  expect(phase(order, 'build').argv.join(' ')).toContain('--cgroup-parent /kiln-ab12/b1-2/builder/step ');
  expect(JSON.stringify(aPlan({}).order)).not.toContain('--cgroup-parent');
});

test('a resolved image is pulled by its digest, and the Dockerfile that is built names it so', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const { plan, order } = aPlan(
    {},
    {
      judged: {
        registries: ['registry.test:5000', 'docker.io'],
        sourceHosts: [],
        images: ['busybox', 'registry.test:5000/base:1'],
        digests: { 'registry.test:5000/base:1': digest },
        dockerfile: {
          text: 'FROM busybox AS tools\nFROM registry.test:5000/base:1\nCOPY --from=tools / /\n',
          ignoreFiles: { '.dockerignore': 'secrets' },
        },
      },
    },
  );
  expect(order.phases.map(({ argv }) => argv.at(-1))).toEqual([
    'busybox',
    `registry.test:5000/base@${digest}`,
    '/runs/b1/context',
    'docker://registry.test:5000/staging/app:b1-2',
  ]);
  expect(phase(order, 'build').argv.join(' ')).toContain('--file /runs/b1/work/Dockerfile ');
  expect(plan.files).toMatchObject({
    '/runs/b1/work/Dockerfile': `FROM busybox AS tools\nFROM registry.test:5000/base:1@${digest}\nCOPY --from=tools / /\n`,
    '/runs/b1/work/Dockerfile.dockerignore': 'secrets',
  });
  expect(plan.images).toEqual([
    { reference: 'docker.io/library/busybox:latest', digest: null },
    { reference: 'registry.test:5000/base:1', digest },
  ]);
});

test('where the Dockerfile cannot be pinned images are pulled by name, and none is recorded with a digest', () => {
  const { plan, order } = aPlan(
    {},
    {
      judged: {
        registries: ['docker.io'],
        sourceHosts: [],
        images: ['busybox'],
        digests: { busybox: `sha256:${'a'.repeat(64)}` },
        dockerfile: { text: 'FROM scratch\nCOPY --from="busybox" / /\n' },
      },
    },
  );
  expect(order.phases[0]?.argv.at(-1)).toBe('busybox');
  expect(phase(order, 'build').argv.join(' ')).toContain('--file /runs/b1/context/Dockerfile ');
  expect(plan.images).toEqual([{ reference: 'docker.io/library/busybox:latest', digest: null }]);
});
