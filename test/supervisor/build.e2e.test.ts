import { rm } from 'node:fs/promises';
import { createSupervisorClient } from '../../src/adapters/supervisor/client.js';
import { createSupervisor, type SupervisorProcess } from '../../src/supervisor/supervisor.js';
import { compiledSource } from '../support/compiled-sources.js';
import { FakeControlPlane, outputLines, storedLog, WORKER_ID } from '../support/fake-control-plane.js';
import { shortFolder, supervisedDeps } from '../support/supervised.js';

describe('a supervisor with the stub engine', () => {
  const api = new FakeControlPlane();
  const folder = shortFolder();
  let supervisor: SupervisorProcess;
  const client = createSupervisorClient({ socketPath: `${folder}/s.sock` });
  const never = new AbortController().signal;

  beforeAll(async () => {
    await api.start();
    supervisor = createSupervisor(
      supervisedDeps({
        apiUrl: api.url,
        registryHost: api.registryHost,
        folder,
        shimPath: compiledSource('src/runners/local/shim.ts'),
        scriptPath: compiledSource('src/engines/stub/script.ts'),
      }),
    );
    await supervisor.start();
  });

  afterAll(async () => {
    await supervisor.stop();
    await api.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('builds, stores the log whole and reports the digest that the registry serves', async () => {
    const lease = api.grant({ options: { lines: 5, seconds: 0.2 } });
    const report = await client.run(lease.ref, never);
    expect(report).toEqual({ result: 'succeeded', manifestDigest: expect.stringMatching(/^sha256:/) });
    expect(api.registry.manifests.has(report.manifestDigest ?? '')).toBe(true);
    expect(outputLines(lease).filter((line) => line.startsWith('line '))).toEqual(
      [1, 2, 3, 4, 5].map((n) => `line ${n}`),
    );
    expect(lease.seal).toMatchObject({ note: null, bytes: storedLog(lease).length });
    expect([...lease.steps.values()].map((step) => step.status)).toEqual(['success', 'success', 'success']);
    expect(lease.outcome?.metrics.buildDurationMs).toBeGreaterThan(200);
  });

  it('knows its worker id', async () => {
    expect(await client.workerId(never)).toBe(WORKER_ID);
  });
});
