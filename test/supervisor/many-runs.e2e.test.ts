import { FakeControlPlane } from '../support/fake-control-plane.js';
import { OwnSupervisor } from '../support/own-supervisor.js';

/** More than the listeners that Node takes for a leak on one signal. */
const RUNS = 12;

const api = new FakeControlPlane();
const warned: string[] = [];
const note = ({ name, stack }: Error): void =>
  void (name === 'MaxListenersExceededWarning' && warned.push(stack ?? name));
let own: OwnSupervisor;

beforeAll(() => api.start());
afterAll(() => api.stop());
beforeEach(() => {
  process.on('warning', note);
  own = new OwnSupervisor(api);
});
afterEach(async () => {
  process.off('warning', note);
  await own.end();
});

it('many leases that wait for the api at once listen to no signal together', async () => {
  const refusals = (): number => api.calls.filter((call) => call === 'POST acknowledge').length;
  api.fault = () => (refusals() < 4 * RUNS ? 'refuse_before' : 'none');
  await own.start();
  const runs = Array.from({ length: RUNS }, () =>
    own.client.run(api.grant({ ttlMs: 60_000 }).ref, new AbortController().signal),
  );
  expect((await Promise.all(runs)).map(({ result }) => result)).toEqual(runs.map(() => 'succeeded'));
  expect(warned).toEqual([]);
});
