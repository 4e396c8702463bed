import { chooseWorker, type WorkerOffer } from '../../../src/domain/dispatch/choose-worker.js';

const build = { tenantId: 't', method: 'buildx' };
function aWorker(workerId: string, over: Partial<WorkerOffer> = {}): WorkerOffer {
  return { workerId, workerName: workerId, tenantId: null, methods: ['buildx'], freeSlots: 1, ...over };
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

test.each([
  ['is full', { freeSlots: 0 }],
  ['belongs to another tenant', { tenantId: 'other' }],
  ['does not offer the method', { methods: ['kaniko'] }],
])('a worker that %s is not chosen', (_name, over) => {
  expect(chooseWorker(build, [aWorker('a', over)], new Set())).toBeNull();
});
