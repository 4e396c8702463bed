/** How the operations about registries are called, for operations.test.ts. */
export const REGISTRY_EXAMPLES = {
  judgeRegistries: {
    method: 'POST',
    path: '/v1/registry-judgements',
    ok: 204,
    body: { registries: ['localhost:5000'] },
    bad: { body: { registries: ['localhost:5000/app'] } },
  },
  testRegistry: {
    method: 'POST',
    path: '/v1/registry-tests?project=hello',
    ok: 200,
    body: { registry: 'localhost:5000/app' },
    missing: '/v1/registry-tests?project=nothing',
    bad: { body: { registry: 'http://localhost' } },
  },
};
