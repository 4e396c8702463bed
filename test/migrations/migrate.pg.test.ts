import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { migrate, migrationsFolder, rollback } from '../../src/storage/migrations/migrate.js';
import { describeSchema } from '../support/describe-schema.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const GOLDEN = join(migrationsFolder(), 'schema.sql');

test('the migrated schema is the one in migrations/schema.sql', async () => {
  const actual = await describeSchema(db.admin);
  if (process.env.UPDATE_GOLDENS === '1') await writeFile(GOLDEN, actual);
  expect(actual).toBe(await readFile(GOLDEN, 'utf8'));
});

test('migrating again does nothing', async () => {
  const before = await describeSchema(db.admin);
  expect(await migrate(db.admin)).toEqual([]);
  expect(await describeSchema(db.admin)).toBe(before);
});

test('one step down and up again gives the same schema', async () => {
  const before = await describeSchema(db.admin);
  expect(await rollback(db.admin)).toEqual((await migrationNames()).slice(-1));
  expect(await describeSchema(db.admin)).not.toBe(before);
  await migrate(db.admin);
  expect(await describeSchema(db.admin)).toBe(before);
});

test('all the way down leaves nothing, and up again gives the same schema', async () => {
  const before = await describeSchema(db.admin);
  await sql`SELECT ensure_log_partition((now() AT TIME ZONE 'utc')::date)`.execute(db.controller);

  await rollback(db.admin, { all: true });

  const { rows } = await sql`
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'kysely_%'
    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace`.execute(db.admin);
  expect(rows).toEqual([]);
  await migrate(db.admin);
  expect(await describeSchema(db.admin)).toBe(before);
});

test('two processes that migrate at once both end with a migrated database', async () => {
  await rollback(db.admin, { all: true });
  const ran = await Promise.all([migrate(db.admin), migrate(db.admin)]);
  expect(ran.map((names) => names.length).sort()).toEqual([0, (await migrationNames()).length]);
});

/** Names of all migrations, in order. */
async function migrationNames(): Promise<string[]> {
  const files = (await readdir(migrationsFolder())).filter((file) => file !== 'schema.sql');
  return [...new Set(files.map((file) => file.replace(/\.(up|down)\.sql$/, '')))].sort();
}

test('every migration has a way up and a way down', async () => {
  const files = (await readdir(migrationsFolder())).filter((file) => file !== 'schema.sql');
  const names = await migrationNames();
  expect(files.sort()).toEqual(names.flatMap((name) => [`${name}.down.sql`, `${name}.up.sql`]).sort());
});
