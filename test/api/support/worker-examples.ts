/** Calls of the operations on workers, for the suite that calls every operation. */
export const WORKER_EXAMPLES = {
  addWorker: {
    method: 'POST',
    path: '/v1/workers',
    ok: 201,
    body: { name: 'builder-3' },
    bad: { body: { name: 'a/b' } },
  },
  listWorkers: { path: '/v1/workers', ok: 200 },
  getWorker: { path: '/v1/workers/builder-2', ok: 200, missing: '/v1/workers/nothing' },
  changeWorker: {
    method: 'PATCH',
    path: '/v1/workers/builder-2',
    ok: 200,
    body: { scheduling: 'cordoned' },
    missing: '/v1/workers/nothing',
    bad: { body: { scheduling: 'closed' } },
  },
  removeWorker: {
    method: 'DELETE',
    path: '/v1/workers/builder-2',
    ok: 204,
    missing: '/v1/workers/nothing',
    bad: { path: '/v1/workers/builder-2?force=perhaps' },
  },
};
