import { KilnError } from '../../src/domain/errors.js';
import type { ControlPlane, WorkerOffer } from '../../src/ports/control-plane.js';
import { Heartbeat } from '../../src/supervisor/heartbeat.js';

afterEach(() => void vi.restoreAllMocks());

test('a host that was removed says so with what to do, once a minute, and goes on asking', async () => {
  let nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  const told: string[] = [];
  const tell = (fields: object, text: string): void => void told.push(`${text} ${JSON.stringify(fields)}`);
  let asked = 0;
  const heartbeat = new Heartbeat(
    {
      heartbeat: () => {
        asked += 1;
        return Promise.reject(new KilnError('unauthenticated'));
      },
    } as unknown as ControlPlane,
    () => Promise.resolve({} as WorkerOffer),
    { info: tell, warn: tell, error: tell },
  );
  const again = async (): Promise<void> => {
    const before = asked;
    heartbeat.beatNow();
    await vi.waitFor(() => expect(asked).toBeGreaterThan(before), { timeout: 5_000 });
  };
  heartbeat.start();
  for (const at of [0, 1_000, 59_000]) {
    nowMs = at;
    await again();
  }
  await vi.waitFor(() => expect(told).toHaveLength(1), 10_000);
  expect(told[0]).toMatch(/this worker was removed.*kiln workers add/);
  nowMs = 61_000;
  await again();
  await vi.waitFor(() => expect(told).toHaveLength(2), 10_000);
  await heartbeat.stop();
});

test.each([
  ['worker_taken', 0],
  ['unauthenticated', 0],
  ['not_found', 0],
  ['internal', null],
] as const)('a host that is answered %s has %s leases to wait for', async (code, leases) => {
  const heartbeat = new Heartbeat(
    { heartbeat: () => Promise.reject(new KilnError(code)) } as unknown as ControlPlane,
    () => Promise.resolve({} as WorkerOffer),
    { info: () => {}, warn: () => {}, error: () => {} },
  );
  expect(await heartbeat.leases()).toBe(leases);
});
