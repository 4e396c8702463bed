import type { PlanInput } from '../../../src/ports/engine.js';
import { buildxEngine } from '../../../src/engines/buildx/engine.js';
import { planBuild } from '../../../src/engines/buildx/plan.js';
import type { BuildxOptions } from '../../../src/engines/buildx/schema.js';
import { expectGolden } from './recordings.js';

function aPlanInput(
  options: unknown,
  changes: Partial<PlanInput<BuildxOptions>> = {},
): PlanInput<BuildxOptions> {
  return {
    buildId: '018f2b6e-0000-7000-8000-000000000001',
    attempt: 2,
    options: buildxEngine.parseOptions(options) as BuildxOptions,
    contextFolder: '/runs/b1/context',
    workFolder: '/runs/b1/work',
    staging: { repository: 'registry.test:5000/staging/app', tag: 'b1-2' },
    secretFiles: {},
    registryConfigFolder: '/runs/b1/registries',
    judged: { registries: ['localhost:5000'], sourceHosts: [], images: [] },
    projectId: 'p1',
    storageFolder: '/state/storage/buildx/t1',
    host: {
      programs: { buildctl: '/opt/buildkit/bin/buildctl' },
      buildkitAddress: 'unix:///run/buildkit/buildkitd.sock',
      egressGroupId: null,
      registryMirrors: [],
      insecureRegistries: ['registry.test:5000'],
      registryCertificates: {},
      proxyVariables: {},
      passesProxies: false,
      runNetwork: 'none',
    },
    ...changes,
  };
}

/** The plan with its launcher under names that are the same on every machine; the order of the launcher is shown as an object. */
function planned(input: PlanInput<BuildxOptions>) {
  const plan = planBuild(input, '/kiln/launcher.js');
  const files = Object.entries(plan.files).map(([file, text]): [string, unknown] => [
    file,
    file.endsWith('order.json') ? JSON.parse(text) : text,
  ]);
  const argv = plan.argv.map((word) => (word === process.execPath ? 'node' : word));
  return { ...plan, argv, files: Object.fromEntries(files) };
}

const CASES: Record<string, [unknown, Partial<PlanInput<BuildxOptions>>?]> = {
  defaults: [{}],
  inline: [{ dockerfile_inline: 'FROM scratch\n' }],
  'everything set': [
    {
      dockerfile: './docker//api.Dockerfile',
      build_context: 'services/api/',
      build_args: { VERSION: '1.2,3=4', EMPTY: '', QUOTED: '"a b"' },
      target_stage: 'final',
      cache_from: ['cache.test/team/app:main', 'localhost:5000/cache/app'],
      cache_to: 'cache.test/team/app:main',
      secrets: [{ id: 'npm', name: 'npm-token' }],
      ssh: [{ id: 'default', name: 'deploy-key' }],
      platforms: ['linux/arm64'],
    },
    {
      secretFiles: { npm: '/runs/b1/secrets/npm' },
      sshKeyFiles: { default: '/runs/b1/secrets/ssh/default' },
    },
  ],
  'tests and artifacts': [
    {
      dockerfile: 'api.Dockerfile',
      platforms: ['linux/arm64', 'linux/amd64'],
      target_stage: 'final',
      cache_from: ['cache.test/a:1'],
      cache_to: 'type=local,name=main',
      tests: { target: 'check', reports: 'reports' },
      artifacts: [
        { name: 'app', target: 'build', path: '/out/app' },
        { name: 'docs', target: '0', path: '/a b' },
      ],
    },
    { artifactMaxBytes: 5000 },
  ],
  'tests without reports': [{ dockerfile_inline: 'FROM scratch AS check', tests: { target: 'check' } }],
  'several platforms': [{ platforms: ['linux/amd64', 'linux/arm64'] }],
  'caches of all kinds': [
    {
      cache_from: ['cache.test/a:1', { type: 'local', name: 'main' }, 'type=registry,ref=cache.test/b:2'],
      cache_to: [
        'type=local,name=main',
        { type: 'inline' },
        { type: 'registry', ref: 'registry.test:5000/c:1' },
      ],
    },
  ],
  'cache off': [{ cache_enabled: false, cache_to: ['cache.test/team/app:a', 'cache.test/team/app:b'] }],
  'behind proxies': [
    { build_args: { NO_PROXY: 'of the build' } },
    {
      host: {
        ...aPlanInput({}).host,
        registryCertificates: { 'secured.test:5000': '/etc/kiln/ca/secured.test:5000.pem' },
        proxyVariables: { HTTPS_PROXY: 'http://proxy.test:3128', NO_PROXY: 'direct.test' },
        passesProxies: true,
      },
    },
  ],
  'open network': [{}, { host: { ...aPlanInput({}).host, runNetwork: 'host', insecureRegistries: [] } }],
};

describe('the plan of a buildx build', () => {
  test.each(Object.keys(CASES))('for %s is as its golden says', (name) => {
    const [options, changes] = CASES[name] ?? [{}];
    expectGolden(`plan-${name.replaceAll(' ', '-')}.golden.json`, planned(aPlanInput(options, changes)));
  });

  test('takes a launcher for caches that are read, and for those that are written beside the image', () => {
    const isLaunched = (options: unknown): boolean => planned(aPlanInput(options)).argv[0] === 'node';
    expect(isLaunched({ cache_to: 'type=inline' })).toBe(false);
    expect(isLaunched({ cache_from: ['cache.test/a:1'] })).toBe(true);
    expect(isLaunched({ cache_to: 'cache.test/a:1' })).toBe(true);
    expect(isLaunched({ cache_from: ['type=local'] })).toBe(true);
  });

  test('asks BuildKit for the network of the host only where the build may have it', () => {
    const words = (more: Partial<PlanInput['host']>) => {
      const { argv } = buildxEngine.plan(aPlanInput({}, { host: { ...aPlanInput({}).host, ...more } }));
      return argv.filter((word) => /network/.test(word));
    };
    expect(words({ runNetwork: 'none' })).toEqual(['force-network-mode=none']);
    expect(words({ runNetwork: 'bridge' })).toEqual([]);
    expect(words({ runNetwork: 'bridge', allowsHostNetwork: true })).toEqual(['network.host']);
    expect(words({ runNetwork: 'host', allowsHostNetwork: true })).toEqual([
      'force-network-mode=host',
      'network.host',
    ]);
  });

  test('never lets BuildKit load a frontend that a Dockerfile names', () => {
    expect(buildxEngine.plan(aPlanInput({})).argv).toContain('cmdline=docker/dockerfile:1');
  });

  test('builds the Dockerfile with the other images in it, with its own ignore file', () => {
    const options = { dockerfile: 'a/api.Dockerfile', replaced_images: { 'r.test/a:1': 'r.test/b:1' } };
    const dockerfile = { text: 'FROM r.test/b:1\n', ignoreFiles: { '.dockerignore': 'secret\n' } };
    const { argv, files } = planned(
      aPlanInput(options, { judged: { registries: [], sourceHosts: [], images: [], dockerfile } }),
    );
    expect(files).toMatchObject({
      '/runs/b1/work/Dockerfile': dockerfile.text,
      '/runs/b1/work/Dockerfile.dockerignore': 'secret\n',
    });
    expect(argv).toEqual(expect.arrayContaining(['dockerfile=/runs/b1/work', 'filename=Dockerfile']));
  });

  test('refuses a secret that is not stored, by its name', () => {
    const input = aPlanInput({ secrets: [{ id: 'npm', name: 'npm-token' }] });
    expect(() => buildxEngine.plan(input)).toThrow(/"npm-token" \(id npm\) is not stored/);
  });

  test('refuses an SSH key that is not stored, by its name', () => {
    const input = aPlanInput({ ssh: [{ id: 'default', name: 'deploy-key' }] });
    expect(() => buildxEngine.plan(input)).toThrow(/"deploy-key" \(id default\) is not stored.*"ssh"/);
  });

  test('holds no content of a secret', () => {
    const input = aPlanInput(
      { secrets: [{ id: 'a', name: 'b' }] },
      { secretFiles: { a: '/runs/b1/secrets/a' } },
    );
    expect(buildxEngine.plan(input).argv).toContain('id=a,src=/runs/b1/secrets/a');
  });

  test.each([
    ['program_missing', { programs: {} }, 'KILN_BUILDCTL_PATH'],
    ['builder_unavailable', { buildkitAddress: null }, 'KILN_BUILDKIT_ADDRESS'],
  ])('says %s when the host lacks it, and what to set', (code, lack, variable) => {
    const input = aPlanInput({});
    expect(() => buildxEngine.plan({ ...input, host: { ...input.host, ...lack } })).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(variable) }),
    );
  });

  test('refuses a host path that would break out of an attribute', () => {
    const input = aPlanInput(
      { secrets: [{ id: 'a', name: 'b' }] },
      { secretFiles: { a: '/x,src=/etc/shadow' } },
    );
    expect(() => buildxEngine.plan(input)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });

  test('refuses a staging repository that is no reference', () => {
    const input = aPlanInput({}, { staging: { repository: 'r.test/a,push=false', tag: 'x' } });
    expect(() => buildxEngine.plan(input)).toThrow(/not an image reference/);
  });

  test('tells BuildKit the control group of the run by the state of the trace, where that BuildKit reads it', () => {
    const controlGroup = '/kiln-ab12/b1-2/builder';
    const { host } = aPlanInput({});
    const plan = buildxEngine.plan(
      aPlanInput({}, { controlGroup, host: { ...host, buildkitJoinsGroups: true } }),
    );
    expect(plan.env).toMatchObject({
      TRACEPARENT: '00-018f2b6e000070008000000000000001-018f2b6e00007000-01',
      TRACESTATE: `kiln=${controlGroup}`,
    });
    expect(plan.argv.join(' ')).not.toContain('cgroup');
    expect(buildxEngine.plan(aPlanInput({}, { controlGroup })).env).not.toHaveProperty('TRACESTATE');
  });
});
