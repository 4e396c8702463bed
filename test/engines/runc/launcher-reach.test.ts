import { METHODS } from '../../../src/engines/methods.js';
import type { PlanInput, Reach } from '../../../src/ports/engine.js';

/** Options with which each method that starts containers can be planned. */
const OPTIONS: Record<string, object> = {
  container: {},
  kaniko: {},
  paketo: { builder: 'r.test/builder' },
  packer: { packer_template: 'build {}', base_images: [] },
};
const RUN = '/state/supervisor/runs/b1-1/workspace';
/** What of the host beside programs anybody may read. */
const OF_EVERYBODY = ['/etc/passwd', '/etc/group', '/etc/containers', '/usr/share/containers'];

async function reachOf(method: string): Promise<Reach> {
  const engine = await METHODS[method]!.engine();
  const names = ['runc', 'buildah', 'kaniko', 'packer', 'busybox', 'crane', 'lifecycle', 'launcher'];
  const input: PlanInput = {
    ...{ buildId: 'b1', attempt: 1, options: engine.parseOptions(OPTIONS[method]) },
    ...{ contextFolder: `${RUN}/context`, workFolder: `${RUN}/work` },
    staging: { repository: 'r.test/app', tag: 'b1-1' },
    ...{ secretFiles: { npm: `${RUN}/secrets/npm` }, registryConfigFolder: `${RUN}/registries` },
    judged: { registries: ['r.test'], sourceHosts: [], images: [] },
    storageFolder: `/state/storage/${method}/t1`,
    host: {
      programs: Object.fromEntries(names.map((name) => [name, `/opt/${name}/bin/${name}`])),
      ...{ buildkitAddress: null, egressGroupId: null, registryMirrors: [], insecureRegistries: [] },
      registryCertificates: { 'r.test': '/certs/r.test.pem' },
      ...{ proxyVariables: {}, passesProxies: false, runNetwork: 'none' },
    },
  };
  return engine.reachOf!(input);
}

test('every method that starts containers takes part', async () => {
  const nesting: string[] = [];
  for (const { engine: load } of Object.values(METHODS)) {
    const { method, startsContainers } = await load();
    if (startsContainers === true) nesting.push(method);
  }
  expect(nesting.sort()).toEqual(Object.keys(OPTIONS).sort());
});

test.each(Object.keys(OPTIONS))(
  '%s writes into its own workspace and storage, and nowhere else',
  async (method) => {
    const own = [`${RUN}/work`, `${RUN}/context`, `/state/storage/${method}/t1`];
    for (const folder of (await reachOf(method)).write) expect(own).toContain(folder);
  },
);

test.each(Object.keys(OPTIONS))(
  '%s reads its own workspace, certificates and what everybody may',
  async (method) => {
    const { read, scripts } = await reachOf(method);
    const others = read.filter((place) => !place.startsWith(`${RUN}/`) && !OF_EVERYBODY.includes(place));
    expect(others).toEqual(['/opt/runc/bin', '/certs/r.test.pem']);
    expect(scripts).toEqual([expect.stringContaining(`engines/${method}/launcher.js`)]);
  },
);
