import type { PublicationReport } from '../../src/domain/builds/publication.js';
import type { SupervisorClient } from '../../src/adapters/supervisor/client.js';
import { FakeControlPlane, type FakeLease } from '../support/fake-control-plane.js';
import { eventually } from '../support/own-processes.js';
import { OwnSupervisor } from '../support/own-supervisor.js';

const api = new FakeControlPlane();
let own: OwnSupervisor;
beforeAll(() => api.start());
afterAll(() => api.stop());
beforeEach(async () => {
  own = new OwnSupervisor(api);
  await own.start();
});
afterEach(() => own.end());

const A_REPORT: PublicationReport = {
  ...{
    repository: 'r.test/app',
    manifestDigest: `sha256:${'1'.repeat(64)}`,
    status: 'copying',
    tryNumber: 1,
  },
  ...{ totalBlobs: 0, mountedBlobs: 0, existingBlobs: 0, uploadedBlobs: 0, totalBytes: 0, sparedBytes: 0 },
  ...{ sentBytes: 0, waitingReason: null },
};

type Call = (client: SupervisorClient, lease: FakeLease, signal: AbortSignal) => Promise<unknown>;

test.each<[string, string, Call]>([
  [
    'how far a copy is',
    'PUT publication',
    (client, { ref }, signal) => client.putPublication(ref, A_REPORT, signal),
  ],
  ['what to copy', 'POST secrets', (client, { ref }, signal) => client.publishSpec(ref, signal)],
])('a caller that goes leaves nobody asking the api %s', async (_what, operation, call) => {
  const lease = api.grant({ ttlMs: 60_000 });
  api.fault = (asked) => (asked === operation ? 'refuse_before' : 'none');
  const asked = (): number => api.calls.filter((one) => one === operation).length;
  const leaving = new AbortController();
  const answer = call(own.client, lease, leaving.signal).catch(({ code }: { code: string }) => code);
  await eventually(() => asked() >= 3);

  leaving.abort();
  expect(await answer).toBe('supervisor_unavailable');
  const before = asked();
  // The longest pause between two of its tries is a fifth of this.
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect(asked() - before).toBeLessThanOrEqual(1);
});
