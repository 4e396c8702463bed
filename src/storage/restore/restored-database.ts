import { setTimeout as sleep } from 'node:timers/promises';
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

/** How long sessions that are ending may take to be gone. */
const PATIENCE_MS = 3_000;

/**
 * Whether there is a database of that name, which nobody uses: `target_in_use` when somebody does. Sessions that end just now are
 * waited for.
 */
export async function isThereUnused(cluster: Database, database: string): Promise<boolean> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(100)) {
    const { rows } = await sql<{ sessions: number }>`
      SELECT (SELECT count(*) FROM pg_stat_activity a WHERE a.datname = d.datname AND a.pid <> pg_backend_pid()
                AND a.backend_type IS DISTINCT FROM 'autovacuum worker')::int AS sessions
      FROM pg_database d WHERE d.datname = ${database}`.execute(cluster);
    const [found] = rows;
    if (found === undefined || found.sessions === 0) return found !== undefined;
    if (Date.now() < deadline) continue;
    throw new KilnError('target_in_use', {
      message: `The database "${database}" is in use by ${String(found.sessions)} sessions: stop api and controller first.`,
    });
  }
}

/** An empty database to load into; what an earlier, unfinished restore loaded goes. Roles that are missing are made. */
export async function makeLoadingDatabase(cluster: Database, { loading }: DatabaseNames): Promise<void> {
  await checkAdmin(cluster);
  await createMissingRoles(cluster);
  await sql`DROP DATABASE IF EXISTS ${sql.id(loading)} WITH (FORCE)`.execute(cluster);
  await createOwnDatabase(cluster, loading);
}

/**
 * Puts the loaded database in its place, in one transaction; one that was there is kept, under the name that is given back.
 * `target_in_use` when something is connected to it; nothing is changed then.
 */
export async function swapDatabases(
  cluster: Database,
  names: DatabaseNames,
  before: string,
): Promise<string | null> {
  const exists = await isThereUnused(cluster, names.database);
  const aside = `${names.database}_${before}`;
  await cluster.transaction().execute(async (tx) => {
    const rename = (from: string, to: string) =>
      sql`ALTER DATABASE ${sql.id(from)} RENAME TO ${sql.id(to)}`.execute(tx);
    if (exists) await rename(names.database, aside);
    await rename(names.loading, names.database);
  });
  return exists ? aside : null;
}
