import { FakeControlPlane } from '../support/fake-control-plane.js';
import { OwnSupervisor } from '../support/own-supervisor.js';

const api = new FakeControlPlane();
const never = new AbortController().signal;
let own: OwnSupervisor;

beforeAll(() => api.start());
afterAll(() => api.stop());
beforeEach(() => void (own = new OwnSupervisor(api)));
afterEach(() => own.end());

describe('a supervisor whose token another host has', () => {
  it('says so to its worker process and once in its log, ends at once, and is told when the token is free', async () => {
    const errors: string[] = [];
    const log = {
      info: () => undefined,
      warn: () => undefined,
      error: (_fields: object, text: string) => void errors.push(text),
    };
    api.isTaken = true;
    await own.start({}, { log });
    expect(await own.client.admission(null, never)).toBe(false);
    await expect(own.client.run(api.grant().ref, never)).rejects.toMatchObject({ code: 'worker_taken' });

    const beats = api.heartbeats.length;
    const startedMs = Date.now();
    await own.client.drain(20_000);
    expect(Date.now() - startedMs).toBeLessThan(10_000);
    await vi.waitFor(() => expect(api.heartbeats.length).toBeGreaterThan(beats + 2), 10_000);
    expect(errors).toHaveLength(1);

    const freed = own.client.admission(false, never);
    api.isTaken = false;
    expect(await freed).toBe(true);
  });
});
