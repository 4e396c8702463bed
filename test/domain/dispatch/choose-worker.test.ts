import { chooseWorker, type WorkerOffer } from '../../../src/domain/dispatch/choose-worker.js';

const build = { tenantId: 't', method: 'buildx', needs: {} };
function aWorker(workerId: string, over: Partial<WorkerOffer> = {}): WorkerOffer {
  const own = { tenantId: null, methods: ['buildx'], labels: {}, freeSlots: 1 };
  return { workerId, workerName: workerId, ...own, ...over };
}

test('the worker with most free slots is chosen', () => {
  expect(chooseWorker(build, [aWorker('a'), aWorker('b', { freeSlots: 3 })], new Set())?.workerId).toBe('b');
});

test('a worker that was not tried goes before one that was, however free that is', () => {
  const workers = [aWorker('tried', { freeSlots: 9 }), aWorker('new')];
  expect(chooseWorker(build, workers, new Set(['tried']))?.workerId).toBe('new');
});

test('a tried worker is better than none', () => {
  expect(chooseWorker(build, [aWorker('tried')], new Set(['tried']))?.workerId).toBe('tried');
});

test('the worker that built the project last goes before freer ones, but not when it was tried or has no free slot', () => {
  const workers = [aWorker('last'), aWorker('free', { freeSlots: 9 })];
  expect(chooseWorker(build, workers, new Set(), 'last')?.workerId).toBe('last');
  expect(chooseWorker(build, workers, new Set(['last']), 'last')?.workerId).toBe('free');
  const full = [aWorker('last', { freeSlots: 0 }), aWorker('free')];
  expect(chooseWorker(build, full, new Set(), 'last')?.workerId).toBe('free');
});

test.each([
  ['is full', { freeSlots: 0 }],
  ['belongs to another tenant', { tenantId: 'other' }],
  ['does not offer the method', { methods: ['kaniko'] }],
])('a worker that %s is not chosen', (_name, over) => {
  expect(chooseWorker(build, [aWorker('a', over)], new Set())).toBeNull();
});

test('a build that needs a network goes only to a host that says that it gives it', () => {
  const needy = { ...build, needs: { network: 'host' } as const };
  const other = aWorker('other', { labels: { networks: 'none,egress' }, freeSlots: 9 });
  const fitting = aWorker('fitting', { labels: { networks: 'none,egress,host' } });

  expect(chooseWorker(needy, [other, fitting], new Set())?.workerId).toBe('fitting');
  expect(chooseWorker(needy, [other, aWorker('silent')], new Set())).toBeNull();
});
