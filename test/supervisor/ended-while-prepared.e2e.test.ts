import { setTimeout as sleep } from 'node:timers/promises';
import { FakeControlPlane } from '../support/fake-control-plane.js';
import { OwnSupervisor } from '../support/own-supervisor.js';

const api = new FakeControlPlane();
const never = new AbortController().signal;
let own: OwnSupervisor;

beforeAll(() => api.start());
afterAll(() => api.stop());
beforeEach(() => void (own = new OwnSupervisor(api)));
afterEach(() => own.end());

describe('a run that ends while it is prepared', () => {
  it.each(['stopped', 'lost'] as const)('leaves no rejection that nobody handles: %s', async (how) => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): unknown => unhandled.push(error);
    process.on('unhandledRejection', note);
    let isJudging = (): void => {};
    const judging = new Promise<void>((resolve) => (isJudging = resolve));
    // Its registries are judged one by one, and by the time that their credentials are asked for the run is over.
    const refuseRegistry = async (): Promise<void> => {
      isJudging();
      await sleep(1_500);
    };
    await own.start({}, { refuseRegistry });
    const lease = api.grant();

    const running = own.client.run(lease.ref, never);
    await judging;
    if (how === 'stopped') await own.client.stop(lease.ref);
    else lease.isOver = true;
    await running.catch(() => undefined);
    await sleep(300);

    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});
