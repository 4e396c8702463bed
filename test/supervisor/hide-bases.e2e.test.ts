import { KilnError } from '../../src/domain/errors.js';
import { createStubEngine } from '../../src/engines/stub/engine.js';
import type { Engine } from '../../src/ports/engine.js';
import type { SupervisorDeps } from '../../src/supervisor/deps.js';
import { compiledSource } from '../support/compiled-sources.js';
import { FakeControlPlane, outputLines, storedLog } from '../support/fake-control-plane.js';
import { inspectOverHttp } from '../support/fake-registry.js';
import { OwnSupervisor } from '../support/own-supervisor.js';

const scriptPath = compiledSource('src/engines/stub/script.js');
const never = new AbortController().signal;

describe('a run that stands on other images', () => {
  const api = new FakeControlPlane();
  const own = new OwnSupervisor(api);

  beforeAll(() => api.start());
  afterAll(async () => {
    await own.end();
    await api.stop();
  });

  it('hides what looks secret in them before it prints anything, and says which could not be read', async () => {
    const engine = createStubEngine({ scriptPath }) as unknown as Engine;
    const dockerfile = { context: '.', path: 'Dockerfile', inline: null, target: null };
    const text = 'FROM reg.test/from AS a\nFROM reg.test/away\nCOPY --from=a /x /x';
    const registry: ReturnType<SupervisorDeps['registryFor']> = {
      inspect: inspectOverHttp,
      head: (repository) =>
        repository === 'reg.test/away'
          ? Promise.reject(new KilnError('registry_unreachable'))
          : Promise.resolve({ digest: `sha256:${'a'.repeat(64)}`, mediaType: 'x', sizeBytes: 1 }),
      told: () => Promise.resolve({ envVars: ['APITOKEN=line 2'], history: [] }),
    };
    const judged = { text, baseImage: null, registries: ['reg.test'], images: [], sourceHosts: [] };
    await own.start(
      {},
      {
        engineFor: () => ({
          ...engine,
          dockerfileOf: () => ({ ...dockerfile, buildArgs: {}, platforms: [] }),
        }),
        checkDockerfile: () => Promise.resolve(judged),
        registryFor: () => registry,
      },
    );
    const lease = api.grant({ options: { lines: 3 } });
    expect(await own.client.run(lease.ref, never)).toMatchObject({ result: 'succeeded' });
    expect(outputLines(lease).filter((line) => /^(?:line \d|\*\*\*)$/.test(line))).toEqual([
      ...['line 1', '***', 'line 3'],
    ]);
    const log = storedLog(lease).toString();
    expect(log).toContain(
      '[kiln] The registry did not tell the whole configuration of reg.test/away in time',
    );
    expect(log).not.toContain('reg.test/from');
  });
});
