import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { aBuild, aProject, aTenant, aWorker } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

test('a method is offered when a host of the tenant or one for all offers it, and before any host has spoken', async () => {
  const store = createBuildStore(db.api);
  const [tenant, other] = [await aTenant(db), await aTenant(db)];
  expect(await store.isMethodOffered(tenant, 'container')).toBe(true);
  await aWorker(db, { methods: ['buildx'] });
  expect(await store.isMethodOffered(tenant, 'container')).toBe(false);
  await aWorker(db, { tenantId: tenant.tenantId, methods: ['container'] });
  expect(await store.isMethodOffered(tenant, 'container')).toBe(true);
  expect(await store.isMethodOffered(other, 'container')).toBe(false);
  expect(await store.isMethodOffered(other, 'buildx')).toBe(true);
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
