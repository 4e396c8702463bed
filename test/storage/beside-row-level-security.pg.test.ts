import { sql } from 'kysely';
import { aProject, aRunningBuild, aTenant } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

/* What policies do not see: partitions that are named directly, and the checks of foreign keys. */

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
  await aRunningBuild(db);
});
afterAll(() => db.close());

test('nobody but the owner may touch a partition of the log directly', async () => {
  const { rows } = await sql<{ name: string; api: boolean; controller: boolean }>`
    SELECT relname AS name, has_table_privilege('kiln_api', oid, 'SELECT') AS api,
           has_table_privilege('kiln_controller', oid, 'SELECT') AS controller
    FROM pg_class WHERE relispartition AND relkind = 'r'`.execute(db.admin);
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) expect(row).toMatchObject({ api: false, controller: false });
});

test('a build of one tenant cannot hang on a project of another', async () => {
  const project = await aProject(db, await aTenant(db));
  const other = await aTenant(db);
  const insert = sql`
    INSERT INTO builds (tenant_id, project_id, build_number, image_repository, build_method, build_day, dispatch_at)
    VALUES (${other.tenantId}, ${project.id}, 99, 'localhost/app', 'buildx', now(), now())`.execute(
    db.controller,
  );
  await expect(insert).rejects.toThrow('foreign key');
});
