import { fakeProjects } from './support/fake-stores.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

let api: ApiUnderTest;
let slug: string;
beforeEach(async () => {
  slug = 'default';
  api = await startApi({ projects: { ...fakeProjects(), tenantSlug: () => Promise.resolve(slug) } });
});
afterEach(() => api.close());

const add = () => api.send('/v1/workers', { method: 'POST', body: { name: 'b', is_shared: true } });

it.each([
  ['default', true],
  ['other', false],
])(
  'of the tenant %s, whose slug the operator names or not, the people look after shared workers: %s',
  async (name, isOperator) => {
    slug = name;
    expect((await add()).status).toBe(201);
    expect(api.effects).toContainEqual({
      name: 'addWorker',
      input: { name: 'b', isShared: true, isOperator },
    });
  },
);

it('removes a worker with builds only when that is said', async () => {
  for (const query of ['', '?force=true'])
    expect((await api.send(`/v1/workers/builder-2${query}`, { method: 'DELETE' })).status).toBe(204);
  expect(api.effects.filter(({ name }) => name === 'removeWorker').map(({ input }) => input)).toEqual([
    { force: false },
    { force: true },
  ]);
});
