import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { type Database, openDatabase } from '../../src/storage/database.js';
import { databaseUrls, type DatabaseUrls, setupDatabase } from '../../src/storage/setup.js';
import { startTestPostgres } from './postgres.js';

const TEMPLATE = 'kiln_template';
const PASSWORDS = { api: 'api-password', controller: 'controller-password' };

/** A migrated database of its own, with one pool per role. */
export interface FreshDatabase {
  readonly admin: Database;
  readonly api: Database;
  readonly controller: Database;
  readonly urls: DatabaseUrls;
  /** Ends the pools, fails when somebody else's connection is left, and drops the database. */
  close(): Promise<void>;
}

/**
 * Clones a migrated template. The server is the one of KILN_TEST_POSTGRES (a superuser's URL) when that is set, otherwise one is
 * started for this file. One call per test file, `close` in afterAll.
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = await findServer();
  const name = `kiln_test_${randomBytes(6).toString('hex')}`;
  await onServer(server.adminUrl, async (cluster) => {
    await sql`SELECT pg_advisory_lock(hashtextextended('kiln.test_template', 0))`.execute(cluster);
    await setupDatabase({ adminUrl: server.adminUrl, database: TEMPLATE, passwords: PASSWORDS });
    await sql`CREATE DATABASE ${sql.id(name)} TEMPLATE ${sql.id(TEMPLATE)} OWNER kiln_owner`.execute(cluster);
    await sql`GRANT CONNECT ON DATABASE ${sql.id(name)} TO kiln_api, kiln_controller`.execute(cluster);
  });
  const urls = databaseUrls({ adminUrl: server.adminUrl, database: name, passwords: PASSWORDS });
  const [admin, api, controller] = [urls.admin, urls.api, urls.controller].map((url) =>
    openDatabase({ url, poolSize: 20 }),
  ) as [Database, Database, Database];
  return {
    admin,
    api,
    controller,
    urls,
    close: async () => {
      await Promise.all([admin.destroy(), api.destroy(), controller.destroy()]);
      try {
        await onServer(server.adminUrl, async (cluster) => {
          await expectNoConnection(cluster, name);
          await sql`DROP DATABASE ${sql.id(name)} WITH (FORCE)`.execute(cluster);
        });
      } finally {
        await server.stop();
      }
    },
  };
}

/** The run's PostgreSQL server, or one of this file's own. */
async function findServer(): Promise<{ adminUrl: string; stop(): Promise<void> }> {
  const adminUrl = process.env.KILN_TEST_POSTGRES;
  if (adminUrl === undefined || adminUrl === '') return startTestPostgres();
  return { adminUrl, stop: () => Promise.resolve() };
}

async function onServer(adminUrl: string, work: (cluster: Database) => Promise<void>): Promise<void> {
  const cluster = openDatabase({ url: adminUrl, poolSize: 1, queryTimeoutMs: 0 });
  try {
    await work(cluster);
  } finally {
    await cluster.destroy();
  }
}

/** A connection that ends takes the server a moment; one that stays was leaked by the test file. */
async function expectNoConnection(cluster: Database, database: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const { rows } = await sql<{ application_name: string; query: string }>`
      SELECT application_name, query FROM pg_stat_activity
      WHERE datname = ${database} AND backend_type = 'client backend'`.execute(cluster);
    if (rows.length === 0) return;
    if (tries === 40) {
      throw new Error(`The test file left connections open: ${JSON.stringify(rows)}`);
    }
    await sleep(50);
  }
}
