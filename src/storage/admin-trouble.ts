import { sql } from 'kysely';
import { KilnError } from '../domain/errors.js';
import type { Database } from './database.js';

/** The oldest PostgreSQL that will do. */
const OLDEST_MAJOR = 15;

/** What PostgreSQL says, by SQLSTATE or errno, and what to do about it. */
const CAUSES: readonly (readonly [pattern: RegExp, text: string])[] = [
  [/^28/, 'PostgreSQL refused the user or its password: correct them.'],
  [/^3D000$/, 'The database in the address does not exist: name one that does, such as postgres.'],
  [/^42501$/, 'The role may not do that: use a superuser, or one with CREATEROLE and CREATEDB.'],
  [/^53300$/, 'PostgreSQL has no connection left: raise max_connections or end idle ones.'],
  [
    /^(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ECONNRESET)$/,
    'Nothing answers at host and port: see that PostgreSQL runs and listens there.',
  ],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'The host name cannot be resolved: correct it.'],
];

/** An error of the administrator's connection as `setup_failed` that says what to do; one of Kiln's own as it is. */
export function asSetupError(error: unknown): KilnError {
  if (error instanceof KilnError) return error;
  const { code, message } = error as { code?: string; message?: string };
  const told =
    CAUSES.find(([pattern]) => pattern.test(code ?? ''))?.[1] ?? 'PostgreSQL answered with an error.';
  return new KilnError('setup_failed', {
    message: `KILN_ADMIN_DATABASE_URL: ${told} (${code ?? 'no code'}: ${message ?? String(error)})`,
    cause: error,
  });
}

/** Refuses a server that is too old and a role that could not go through with the setup, before anything is changed. */
export async function checkAdmin(cluster: Database): Promise<void> {
  const { rows } = await sql<{ version: number; role: string; may: boolean }>`
    SELECT current_setting('server_version_num')::int AS version, rolname AS role,
           rolsuper OR (rolcreaterole AND rolcreatedb) AS may
      FROM pg_roles WHERE rolname = current_user`.execute(cluster);
  const [admin] = rows;
  if (admin === undefined) return;
  if (admin.version < OLDEST_MAJOR * 10_000) {
    throw new KilnError('setup_failed', {
      message: `KILN_ADMIN_DATABASE_URL: this is PostgreSQL ${Math.floor(admin.version / 10_000)}; Kiln needs ${OLDEST_MAJOR} or newer.`,
    });
  }
  if (!admin.may) {
    throw new KilnError('setup_failed', {
      message: `KILN_ADMIN_DATABASE_URL: the role "${admin.role}" may not create roles and databases. Run as a superuser: ALTER ROLE "${admin.role}" CREATEROLE CREATEDB; or name another role.`,
    });
  }
}
