import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { aBuild, aProject, aTenant, aWorker } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

test('methods are offered by hosts of the tenant and by those for all; before any has spoken nothing is known', async () => {
  const store = createBuildStore(db.api);
  const [tenant, other] = [await aTenant(db), await aTenant(db)];
  expect(await store.methodsOffered(tenant)).toBeNull();
  await aWorker(db, { methods: ['buildx'] });
  expect(await store.methodsOffered(tenant)).toEqual(['buildx']);
  await aWorker(db, { tenantId: tenant.tenantId, methods: ['container'] });
  expect(await store.methodsOffered(tenant)).toEqual(['buildx', 'container']);
  expect(await store.methodsOffered(other)).toEqual(['buildx']);
});

test('the columns of the method are filled, those of others stay empty', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const options = { dockerfile: 'Dockerfile', target_stage: 'release', cache_enabled: false };
  const build = await aBuild(db, tenant, project.id, { method: 'container', options });
  const row = await db.controller
    .selectFrom('build_configs')
    .select([
      'build_method',
      'dockerfile',
      'target_stage',
      'cache_enabled',
      'cache_from',
      'cache_repo',
      'builder',
    ])
    .where('build_id', '=', build.id)
    .executeTakeFirstOrThrow();
  expect(row).toEqual({
    build_method: 'container',
    ...options,
    cache_from: null,
    cache_repo: null,
    builder: null,
  });
});
