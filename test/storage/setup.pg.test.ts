import { sql } from 'kysely';
import pg from 'pg';
import { openDatabase } from '../../src/storage/database.js';
import { setupDatabase } from '../../src/storage/setup.js';
import { startTestPostgres, type TestPostgres } from '../support/postgres.js';

// Roles and their passwords belong to the whole server, so these tests do not share theirs.
let server: TestPostgres;
const database = 'kiln_setup';
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

const passwords = { api: "it's a \\ strong $1 pass:word/@?", controller: 'controller-password' };

test('setting up three times at once gives one database that both roles can use', async () => {
  const options = { adminUrl: server.adminUrl, database, passwords };
  const [urls] = await Promise.all([setupDatabase(options), setupDatabase(options), setupDatabase(options)]);

  for (const [url, role] of [
    [urls.api, 'kiln_api'],
    [urls.controller, 'kiln_controller'],
  ] as const) {
    const db = openDatabase({ url, poolSize: 1 });
    const { rows } = await sql`SELECT current_user AS role, count(*) AS n FROM builds`.execute(db);
    expect(rows).toEqual([{ role, n: 0 }]);
    await db.destroy();
  }
});

test('a changed password replaces the old one, and neither is kept in clear', async () => {
  const changed = { api: 'another-password', controller: passwords.controller };
  const urls = await setupDatabase({ adminUrl: server.adminUrl, database, passwords: changed });

  const old = new URL(urls.api);
  old.password = encodeURIComponent(passwords.api);
  const client = new pg.Client({ connectionString: old.href });
  await expect(client.connect()).rejects.toThrow(/password authentication failed/);
  const admin = openDatabase({ url: urls.admin, poolSize: 1 });
  const { rows } = await sql<{ rolpassword: string }>`
    SELECT rolpassword FROM pg_authid WHERE rolname = 'kiln_api'`.execute(admin);
  expect(rows[0]?.rolpassword).toMatch(/^SCRAM-SHA-256\$/);
  await admin.destroy();
});

test('a strange database name is refused with what to do', async () => {
  const setup = setupDatabase({ adminUrl: server.adminUrl, database: 'a"; DROP', passwords });
  await expect(setup).rejects.toMatchObject({ code: 'config_invalid' });
});
