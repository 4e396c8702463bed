import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import type { Database } from '../database.js';
import { ranMigrations } from '../migrations/migrate.js';

/** What a backup says of the database that it comes from. */
export interface SourceFacts {
  /** For instance 15.18. */
  readonly postgresVersion: string;
  readonly migrations: readonly string[];
  /** Master keys that its secrets and credentials need. */
  readonly keyIds: readonly string[];
}

/** `backup_failed` for a database that is not Kiln's, and for a role that would dump a part of the rows only. */
export async function readSourceFacts(admin: Database): Promise<SourceFacts> {
  const migrations = await ranMigrations(admin);
  if (migrations.length === 0) {
    throw new KilnError('backup_failed', {
      message: 'This is no database of Kiln: correct KILN_DATABASE_NAME, or run `kiln setup` first.',
    });
  }
  const { rows } = await sql<{ role: string; readsAll: boolean }>`
    SELECT rolname AS role,
           rolsuper OR rolbypassrls OR (pg_has_role('kiln_controller', 'USAGE') AND NOT EXISTS (
             SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relrowsecurity AND NOT EXISTS (
               SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND 'kiln_controller'::regrole = ANY (p.polroles)
                 AND pg_get_expr(p.polqual, p.polrelid) = 'true'))) AS "readsAll"
    FROM pg_roles WHERE rolname = current_user`.execute(admin);
  const { role = '', readsAll = false } = rows[0] ?? {};
  if (!readsAll) {
    throw new KilnError('backup_failed', {
      message: `The role "${role}" does not see the rows of all tenants. Run \`kiln setup\` with it, which lets it, or name a superuser.`,
    });
  }
  const keys = await sql<{ id: string }>`
    SELECT key_id AS id FROM secrets UNION SELECT key_id FROM credentials ORDER BY id`.execute(admin);
  return {
    postgresVersion: await readServerVersion(admin),
    migrations,
    keyIds: keys.rows.map(({ id }) => id),
  };
}

/** The version of a server, for instance 15.18. */
export async function readServerVersion(cluster: Database): Promise<string> {
  const { rows } = await sql<{ version: string }>`
    SELECT split_part(current_setting('server_version'), ' ', 1) AS version`.execute(cluster);
  return rows[0]?.version ?? '';
}
