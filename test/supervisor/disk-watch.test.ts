import { DiskWatch } from '../../src/supervisor/disk-watch.js';

const silent = () => {};
const log = { info: silent, warn: silent, error: silent };

/** A host with so much free and a cache that takes as long to clear as the test wants. */
function aHost(free: number | null) {
  const cleared: number[] = [];
  let finish = silent;
  const deps = {
    stateFolder: '/state',
    freeBytes: () => Promise.resolve(free),
    clearCache: (wanted: number) => {
      cleared.push(wanted);
      return new Promise<void>((resolve) => (finish = resolve));
    },
  };
  return { cleared, finish: () => finish(), watch: new DiskWatch(deps, 100, log) };
}

test('a host with room says so and keeps its cache', async () => {
  const { watch, cleared } = aHost(100);
  expect(await watch.measure()).toEqual({ free_bytes: 100, reserve_bytes: 100 });
  expect(cleared).toEqual([]);
});

test('a host short of its reserve says so at once and has its cache cleared once, for twice the reserve', async () => {
  const { watch, cleared, finish } = aHost(99);
  expect(await watch.measure()).toEqual({ free_bytes: 99, reserve_bytes: 100 });
  await watch.measure();
  expect(cleared).toEqual([200]);
  finish();
  await watch.stop();
});

test('a cache that was cleared to no avail is left alone for a while', async () => {
  const { watch, cleared, finish } = aHost(99);
  await watch.measure();
  finish();
  await new Promise((resolve) => setImmediate(resolve));
  await watch.measure();
  expect(cleared).toHaveLength(1);
});

test('a host that cannot tell says nothing', async () => {
  expect(await aHost(null).watch.measure()).toBeNull();
});
