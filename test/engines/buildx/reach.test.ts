import type { PlanInput } from '../../../src/ports/engine.js';
import { buildxEngine } from '../../../src/engines/buildx/engine.js';
import { reachOf } from '../../../src/engines/buildx/reach.js';
import type { BuildxOptions } from '../../../src/engines/buildx/schema.js';

const BUILDCTL = '/opt/buildkit/bin/buildctl';

function anInput(
  options: unknown,
  changes: Partial<PlanInput<BuildxOptions>> = {},
): PlanInput<BuildxOptions> {
  return {
    ...{ buildId: 'b1', attempt: 1, options: buildxEngine.parseOptions(options) as BuildxOptions },
    ...{ contextFolder: '/runs/b1/context', workFolder: '/runs/b1/work' },
    staging: { repository: 'registry.test:5000/staging/app', tag: 'b1-2' },
    ...{ secretFiles: {}, registryConfigFolder: '/runs/b1/registries' },
    judged: { registries: [], sourceHosts: [], images: [] },
    ...{ projectId: 'p1', storageFolder: '/state/storage/buildx/t1' },
    host: {
      ...{ programs: { buildctl: BUILDCTL, runc: '/usr/bin/runc' }, egressGroupId: null },
      ...{ buildkitAddress: 'unix:///run/buildkit/buildkitd.sock', registryMirrors: [] },
      ...{ insecureRegistries: [], registryCertificates: {}, proxyVariables: {} },
      ...{ passesProxies: false, runNetwork: 'none' },
    },
    ...changes,
  };
}

test('a build reaches buildctl, its BuildKit and its own workspace, and writes into its work folder alone', () => {
  expect(reachOf(anInput({}))).toEqual({
    programs: [BUILDCTL],
    scripts: [],
    read: ['/run/buildkit/buildkitd.sock', '/runs/b1/context', '/runs/b1/registries'],
    write: ['/runs/b1/work'],
    network: 'host',
  });
});

test('a build reaches the secrets, keys and certificates that its plan names', () => {
  const input = anInput(
    {},
    { secretFiles: { npm: '/runs/b1/secrets/npm' }, sshKeyFiles: { git: '/runs/b1/git' } },
  );
  const host = { ...input.host, registryCertificates: { 'r.test': '/certs/r.test.pem' } };
  expect(reachOf({ ...input, host }).read).toEqual(
    expect.arrayContaining(['/runs/b1/secrets/npm', '/runs/b1/git', '/certs/r.test.pem']),
  );
});

test('a build with a cache on the host reaches the launcher too, and the storage of its tenant', () => {
  const reach = reachOf(anInput({ cache_to: ['type=local,name=main'] }), '/kiln/launcher.js');
  expect(reach.scripts).toEqual(['/kiln/launcher.js']);
  expect(reach.write).toEqual(['/runs/b1/work', '/state/storage/buildx/t1']);
});

test('a BuildKit that is reached by network needs no socket', () => {
  const input = anInput({});
  const host = { ...input.host, buildkitAddress: 'tcp://buildkit:1234' };
  expect(reachOf({ ...input, host }).read).toEqual(['/runs/b1/context', '/runs/b1/registries']);
});
