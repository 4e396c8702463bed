import { sql } from 'kysely';
import { KilnError } from '../domain/errors.js';
import { asSetupError, checkAdmin } from './admin-trouble.js';
import { type Database, openDatabase } from './database.js';
import { migrate } from './migrations/migrate.js';
import { ensureRoles, type RolePasswords } from './roles.js';

const SETUP_LOCK = 'kiln.setup';

export interface SetupOptions {
  /** A role that may create roles and databases; its database is used to create ours (usually `postgres`). */
  readonly adminUrl: string;
  readonly database: string;
  readonly passwords: RolePasswords;
}

/** Where each process connects. */
export interface DatabaseUrls {
  readonly admin: string;
  readonly api: string;
  readonly controller: string;
}

/**
 * Creates roles and database where missing and migrates; repeatable, and safe when two do it at once. Throws `setup_failed` that
 * says what the server, the role or the address lacks.
 */
export async function setupDatabase(options: SetupOptions): Promise<DatabaseUrls> {
  const urls = databaseUrls(options);
  await createDatabase(options).catch((error: unknown) => {
    throw asSetupError(error);
  });
  const admin = openDatabase({
    url: urls.admin,
    poolSize: 2,
    queryTimeoutMs: 0,
    applicationName: 'kiln setup',
  });
  try {
    await migrate(admin);
  } finally {
    await admin.destroy();
  }
  return urls;
}

async function createDatabase(options: SetupOptions): Promise<void> {
  const cluster = openDatabase({
    url: options.adminUrl,
    poolSize: 1,
    queryTimeoutMs: 0,
    applicationName: 'kiln setup',
  });
  try {
    await checkAdmin(cluster);
    await cluster.connection().execute(async (connection) => {
      await sql`SELECT pg_advisory_lock(hashtextextended(${SETUP_LOCK}, 0))`.execute(connection);
      try {
        await ensureRoles(connection, options.passwords);
        await ensureDatabase(connection, options.database);
      } finally {
        await sql`SELECT pg_advisory_unlock(hashtextextended(${SETUP_LOCK}, 0))`.execute(connection);
      }
    });
  } finally {
    await cluster.destroy();
  }
}

/** The same host and port with the database and the roles' passwords. */
export function databaseUrls({ adminUrl, database, passwords }: SetupOptions): DatabaseUrls {
  const as = (user?: string, password?: string): string => {
    const url = new URL(adminUrl);
    url.pathname = `/${encodeURIComponent(database)}`;
    if (user !== undefined) url.username = user;
    if (password !== undefined) url.password = encodeURIComponent(password);
    return url.toString();
  };
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(database)) {
    throw new KilnError('config_invalid', {
      message: `"${database}" is no name for a database here: use lower-case letters, digits and _.`,
    });
  }
  return {
    admin: as(),
    api: as('kiln_api', passwords.api),
    controller: as('kiln_controller', passwords.controller),
  };
}

async function ensureDatabase(cluster: Database, database: string): Promise<void> {
  const { rows } = await sql`SELECT FROM pg_database WHERE datname = ${database}`.execute(cluster);
  if (rows.length === 0) await createOwnDatabase(cluster, database);
  else await letIn(cluster, database);
}

/** A database without tables that belongs to kiln_owner and lets in the processes' roles only. */
export async function createOwnDatabase(cluster: Database, database: string): Promise<void> {
  await sql`CREATE DATABASE ${sql.id(database)} OWNER kiln_owner ENCODING 'UTF8' TEMPLATE template0`.execute(
    cluster,
  );
  await sql`REVOKE ALL ON DATABASE ${sql.id(database)} FROM PUBLIC`.execute(cluster);
  await letIn(cluster, database);
}

async function letIn(cluster: Database, database: string): Promise<void> {
  await sql`GRANT CONNECT ON DATABASE ${sql.id(database)} TO kiln_api, kiln_controller`.execute(cluster);
}
