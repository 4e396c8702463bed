import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { createBuildStore } from '../../src/storage/builds/build-store.js';
import { type Database, openDatabase } from '../../src/storage/database.js';
import { createDispatcher } from '../../src/storage/dispatch/dispatcher.js';
import { knownMigrations, migrateUpTo, ranMigrations } from '../../src/storage/migrations/migrate.js';
import { createOwnDatabase, databaseUrls, setupDatabase } from '../../src/storage/setup.js';
import { createRollUp } from '../../src/storage/stats/roll-up.js';
import { snapshot } from '../../src/storage/transact.js';
import { checkRows } from '../../src/storage/verify/check-rows.js';
import { checkSchema } from '../../src/storage/verify/schema-checks.js';
import { aRequest } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

/** The first release that people could have kept data with. */
const OLD = '006_watch';
const ADMIN = '/postgres';
const PASSWORDS = { api: 'api-password', controller: 'controller-password' };
const ids = {
  tenant: '00000000-0000-4000-8000-000000000001',
  user: '00000000-0000-4000-8000-000000000002',
  project: '00000000-0000-4000-8000-000000000003',
  worker: '00000000-0000-4000-8000-000000000004',
  ended: '00000000-0000-4000-8000-000000000005',
  lease: '00000000-0000-4000-8000-000000000006',
  image: '00000000-0000-4000-8000-000000000007',
  queued: '00000000-0000-4000-8000-000000000008',
  upload: '00000000-0000-4000-8000-000000000009',
};
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const LAYER = `sha256:${'cd'.repeat(32)}`;
const LINE = 'one line\n';
const LINE_SHA256 = createHash('sha256').update(LINE).digest('hex');

/** Rows as that release wrote them: a success with its image and log, and a build of an uploaded context that waits. */
const OLD_ROWS = `
  INSERT INTO tenants (id, slug, name) VALUES ('${ids.tenant}', 'team', 'Team');
  INSERT INTO users (id, tenant_id, username) VALUES ('${ids.user}', '${ids.tenant}', 'someone');
  INSERT INTO projects (id, tenant_id, slug, name, image_repository, last_build_number)
    VALUES ('${ids.project}', '${ids.tenant}', 'app', 'App', 'registry.local:5000/app', 2);
  INSERT INTO build_concurrency_policies (tenant_id) VALUES ('${ids.tenant}');
  INSERT INTO build_workers (id, worker_name, worker_type, methods, concurrent_builds_limit)
    VALUES ('${ids.worker}', 'host', 'local', '{buildx}', 1);
  INSERT INTO uploads (id, tenant_id, sha256, size_bytes) VALUES ('${ids.upload}', '${ids.tenant}', '${'0f'.repeat(32)}', 512);
  INSERT INTO builds (id, tenant_id, project_id, build_number, build_method, status, destinations, tags_moved, build_day, dispatch_at,
                      started_at, completed_at, attempt_count, fence)
    VALUES ('${ids.ended}', '${ids.tenant}', '${ids.project}', 1, 'buildx', 'success', '["registry.local:5000/app:1"]',
            '["registry.local:5000/app:1"]', (now() AT TIME ZONE 'utc')::date, now(), now(), now(), 1, 1);
  INSERT INTO builds (id, tenant_id, project_id, build_number, build_method, destinations, build_day, dispatch_at)
    VALUES ('${ids.queued}', '${ids.tenant}', '${ids.project}', 2, 'buildx', '[]', (now() AT TIME ZONE 'utc')::date, now());
  INSERT INTO build_configs (tenant_id, build_id, build_method, source_kind, dockerfile_inline, build_timeout_milliseconds)
    VALUES ('${ids.tenant}', '${ids.ended}', 'buildx', 'inline', 'FROM scratch', 60000);
  INSERT INTO build_configs (tenant_id, build_id, build_method, source_kind, upload_id, build_timeout_milliseconds)
    VALUES ('${ids.tenant}', '${ids.queued}', 'buildx', 'upload', '${ids.upload}', 60000);
  INSERT INTO build_triggers (tenant_id, build_id, trigger_type)
    VALUES ('${ids.tenant}', '${ids.ended}', 'manual'), ('${ids.tenant}', '${ids.queued}', 'manual');
  INSERT INTO images (id, tenant_id, project_id, manifest_digest, image_repository, first_build_id, last_build_id, created_at, last_built_at)
    VALUES ('${ids.image}', '${ids.tenant}', '${ids.project}', '${DIGEST}', 'registry.local:5000/app', '${ids.ended}', '${ids.ended}', now(), now());
  INSERT INTO image_tags VALUES ('${ids.tenant}', 'registry.local:5000/app', '1', '${DIGEST}', '${ids.ended}', '${ids.image}', now());
  INSERT INTO image_metadata (tenant_id, image_id, docker_config_digest, docker_manifest_digest, total_layer_count, compressed_size_bytes)
    VALUES ('${ids.tenant}', '${ids.image}', '${DIGEST}', '${DIGEST}', 1, 100);
  INSERT INTO layer_usage VALUES ('${ids.tenant}', '${LAYER}', 1, now());
  INSERT INTO image_layers (tenant_id, image_id, layer_number, layer_digest, layer_size_bytes)
    VALUES ('${ids.tenant}', '${ids.image}', 1, '${LAYER}', 100);
  UPDATE builds SET image_id = '${ids.image}' WHERE id = '${ids.ended}';
  INSERT INTO build_results (tenant_id, build_id, status, output_image_id, output_image_url, output_image_digest)
    VALUES ('${ids.tenant}', '${ids.ended}', 'success', '${ids.image}', 'registry.local:5000/app@${DIGEST}', '${DIGEST}');
  INSERT INTO build_results (tenant_id, build_id) VALUES ('${ids.tenant}', '${ids.queued}');
  INSERT INTO build_status_history (tenant_id, build_id, from_status, to_status, changed_by_system, changed_at) VALUES
    ('${ids.tenant}', '${ids.ended}', NULL, 'queued', true, now()),
    ('${ids.tenant}', '${ids.ended}', 'queued', 'in_progress', true, now()),
    ('${ids.tenant}', '${ids.ended}', 'in_progress', 'success', true, now()),
    ('${ids.tenant}', '${ids.queued}', NULL, 'queued', true, now());
  INSERT INTO leases (id, tenant_id, project_id, build_id, build_method, attempt, worker_id, fence, state, granted_at, expires_at, ended_at, ended_reason)
    VALUES ('${ids.lease}', '${ids.tenant}', '${ids.project}', '${ids.ended}', 'buildx', 1, '${ids.worker}', 1, 'released', now(), now(), now(), 'released');
  INSERT INTO attempts (tenant_id, build_id, attempt, lease_id, worker_id, fence, started_at, ended_at, ended_reason,
                        log_chunks, log_lines, log_bytes, log_sha256, log_sealed_at)
    VALUES ('${ids.tenant}', '${ids.ended}', 1, '${ids.lease}', '${ids.worker}', 1, now(), now(), 'succeeded', 1, 1, ${LINE.length}, '${LINE_SHA256}', now());
  SELECT ensure_log_partition((now() AT TIME ZONE 'utc')::date);
  INSERT INTO build_logs (build_day, tenant_id, build_id, attempt, chunk, log_level, logged_at, first_line, line_count, offset_bytes, size_bytes, log_content)
    VALUES ((now() AT TIME ZONE 'utc')::date, '${ids.tenant}', '${ids.ended}', 1, 0, 'INFO', now(), 1, 1, 0, ${LINE.length}, E'one line\\n');
`;

let server: FreshDatabase;
let cluster: Database;
let name: string;
let pools: Database[] = [];
beforeAll(async () => {
  server = await freshDatabase();
  cluster = openDatabase({ url: server.urls.admin.replace(/\/[^/]*$/, ADMIN), poolSize: 1 });
});
beforeEach(async () => {
  name = `kiln_old_${randomBytes(4).toString('hex')}`;
  await createOwnDatabase(cluster, name);
});
afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.destroy()));
  pools = [];
  await sql`DROP DATABASE ${sql.id(name)} WITH (FORCE)`.execute(cluster);
});
afterAll(async () => {
  await cluster.destroy();
  await server.close();
});

const setupOptions = () => ({
  adminUrl: server.urls.admin.replace(/\/[^/]*$/, ADMIN),
  database: name,
  passwords: PASSWORDS,
});
const open = (url: string): Database => {
  const pool = openDatabase({ url, poolSize: 3 });
  pools.push(pool);
  return pool;
};

test(`a database of ${OLD} is upgraded by the normal set-up: its rows are there, the check is green, and it goes on`, async () => {
  const admin = open(databaseUrls(setupOptions()).admin);
  await migrateUpTo(admin, OLD);
  await sql.raw(OLD_ROWS).execute(admin);
  const before = await contents(admin);

  const urls = await setupDatabase(setupOptions());

  expect(await ranMigrations(admin)).toEqual(await knownMigrations());
  const after = await contents(admin);
  for (const [table, rows] of Object.entries(before)) {
    expect({ table, rows: after[table] }).toEqual({
      table,
      rows: rows.map((row) => expect.objectContaining(row)),
    });
  }
  const [controller, api] = [open(urls.controller), open(urls.api)];
  const checks = [
    ...(await checkSchema(admin)),
    ...(await snapshot(controller, (tx) => checkRows(tx, { all: true }))),
  ];
  expect(checks.filter(({ wrong }) => wrong > 0)).toEqual([]);

  const rollUp = createRollUp(controller);
  await rollUp.spreadChanges(10);
  while ((await rollUp.countNextDay()) !== null);
  const days = await controller.selectFrom('build_performance_daily').select('total_builds').execute();
  expect(days.reduce((sum, day) => sum + day.total_builds, 0)).toBe(2);

  const tenant = { tenantId: ids.tenant, userId: ids.user };
  const store = createBuildStore(api);
  expect(await store.get(tenant, ids.ended)).toMatchObject({ status: 'success', log_complete: true });
  const { build } = await store.accept(tenant, aRequest(ids.project));
  expect(build.build_number).toBe(3);
  await sql`UPDATE build_workers SET status = 'healthy', last_heartbeat = now()`.execute(controller);
  expect(await createDispatcher(controller).requestLease(ids.queued)).toMatchObject({ kind: 'granted' });
});

test('an upgrade that fails changes nothing: the old Kiln goes on with the database as it was', async () => {
  const admin = open(databaseUrls(setupOptions()).admin);
  await migrateUpTo(admin, OLD);
  await sql.raw(OLD_ROWS).execute(admin);
  await sql`CREATE TABLE public.secrets (taken int)`.execute(admin);
  const before = await contents(admin);

  await expect(setupDatabase(setupOptions())).rejects.toMatchObject({
    code: 'service_start_failed',
    message: expect.stringContaining('Nothing was changed'),
  });

  expect((await ranMigrations(admin)).at(-1)).toBe(OLD);
  expect(await contents(admin)).toEqual(before);
});

test('an older Kiln refuses the schema of a newer one, and leaves it as it is', async () => {
  await setupDatabase(setupOptions());
  const admin = open(databaseUrls(setupOptions()).admin);
  await sql`INSERT INTO kysely_migration VALUES ('900_later', 'now')`.execute(admin);
  await expect(setupDatabase(setupOptions())).rejects.toMatchObject({ code: 'service_start_failed' });
  expect((await ranMigrations(admin)).at(-1)).toBe('900_later');
});

/** The rows of the tables that hold what people keep, in order. */
async function contents(admin: Database): Promise<Record<string, Record<string, unknown>[]>> {
  const tables = [
    'tenants',
    'projects',
    'builds',
    'build_results',
    'build_status_history',
    'images',
    'attempts',
    'build_logs',
  ];
  const read = tables.map(async (table) => {
    const { rows } = await sql<Record<string, unknown>>`
      SELECT * FROM ${sql.table(table)} AS t ORDER BY t::text`.execute(admin);
    return [table, rows] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}
