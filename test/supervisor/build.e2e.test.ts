import { FakeControlPlane, outputLines, storedLog, WORKER_ID } from '../support/fake-control-plane.js';
import { OwnSupervisor } from '../support/own-supervisor.js';

describe('a supervisor with the stub engine', () => {
  const api = new FakeControlPlane();
  const own = new OwnSupervisor(api);
  const never = new AbortController().signal;

  beforeAll(async () => {
    await api.start();
    await own.start();
  });

  afterAll(async () => {
    await own.end();
    await api.stop();
  });

  it('builds, stores the log whole and reports the digest that the registry serves', async () => {
    const lease = api.grant({ options: { lines: 5, seconds: 0.2 } });
    const report = await own.client.run(lease.ref, never);
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
    expect(await own.client.workerId(never)).toBe(WORKER_ID);
  });
});
