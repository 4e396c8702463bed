import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import { checkAdmin } from '../admin-trouble.js';
import { type Database, openDatabase } from '../database.js';
import { createMissingRoles } from '../roles.js';
import { createOwnDatabase } from '../setup.js';

/** The databases of a restore: rows are loaded into `loading`, which takes the place of `database` when it is whole. */
export interface DatabaseNames {
  readonly database: string;
  readonly loading: string;
}

/** Where a restore of this database loads. A database of that name is what a restore that did not finish has left. */
export function namesFor(database: string): DatabaseNames {
  return { database, loading: `${database}_restoring`.slice(-63) };
}

/** Opens the cluster's own database (that of the administrator's address) for `work`. */
export async function onCluster<T>(adminUrl: string, work: (cluster: Database) => Promise<T>): Promise<T> {
  const cluster = openDatabase({
    url: adminUrl,
    poolSize: 1,
    queryTimeoutMs: 0,
    applicationName: 'kiln restore',
  });
  try {
    return await work(cluster);
  } finally {
    await cluster.destroy();
  }
}

/** Whether there is a database of that name, and how many sessions use it. */
export async function lookAt(
  cluster: Database,
  database: string,
): Promise<{ exists: boolean; sessions: number }> {
  const { rows } = await sql<{ sessions: number }>`
    SELECT (SELECT count(*) FROM pg_stat_activity a WHERE a.datname = d.datname AND a.pid <> pg_backend_pid())::int AS sessions
    FROM pg_database d WHERE d.datname = ${database}`.execute(cluster);
  return { exists: rows.length > 0, sessions: rows[0]?.sessions ?? 0 };
}

/** An empty database to load into; what an earlier, unfinished restore loaded goes. Roles that are missing are made. */
export async function makeLoadingDatabase(cluster: Database, { loading }: DatabaseNames): Promise<void> {
  await checkAdmin(cluster);
  await createMissingRoles(cluster);
  await sql`DROP DATABASE IF EXISTS ${sql.id(loading)} WITH (FORCE)`.execute(cluster);
  await createOwnDatabase(cluster, loading);
}

/**
 * Puts the loaded database in its place; one that was there is kept under `before`. `target_in_use` when something is connected
 * to it; nothing is changed then.
 */
export async function swapDatabases(cluster: Database, names: DatabaseNames, before: string): Promise<void> {
  const { exists, sessions } = await lookAt(cluster, names.database);
  if (sessions > 0) throw new KilnError('target_in_use', { message: inUse(names.database, sessions) });
  await cluster.transaction().execute(async (tx) => {
    const rename = (from: string, to: string) =>
      sql`ALTER DATABASE ${sql.id(from)} RENAME TO ${sql.id(to)}`.execute(tx);
    if (exists) await rename(names.database, before);
    await rename(names.loading, names.database);
  });
}

/** The words of `target_in_use`. */
export function inUse(database: string, sessions: number): string {
  return `The database "${database}" is in use by ${String(sessions)} sessions: stop api and controller first.`;
}
