import { sql } from 'kysely';
import type { Database } from './database.js';
import { scramVerifier } from './scram-verifier.js';

/** Passwords of the roles that log in; printable ASCII. */
export interface RolePasswords {
  readonly api: string;
  readonly controller: string;
}

/**
 * Roles: kiln_owner owns everything and cannot log in; kiln_api is bound to one tenant per transaction; kiln_controller sees all. The last
 * may become kiln_api, for what it does in the name of a tenant, and has none of its rights until it does.
 */
const ROLES = ['kiln_owner', 'kiln_api', 'kiln_controller'] as const;

/** Creates the roles where they are missing and sets their passwords. Roles belong to the whole cluster. */
export async function ensureRoles(admin: Database, passwords: RolePasswords): Promise<void> {
  await createMissingRoles(admin);
  await setPassword(admin, 'kiln_api', passwords.api);
  await setPassword(admin, 'kiln_controller', passwords.controller);
}

/** Creates the roles where they are missing, without a login, and lets the administrator act as owner and controller. */
export async function createMissingRoles(admin: Database): Promise<void> {
  for (const role of ROLES) {
    const { rows } = await sql`SELECT FROM pg_roles WHERE rolname = ${role}`.execute(admin);
    if (rows.length === 0) await sql`CREATE ROLE ${sql.id(role)} NOLOGIN`.execute(admin);
  }
  await sql`GRANT kiln_owner, kiln_controller TO CURRENT_USER`.execute(admin);
  await letControllerBecomeApi(admin);
}

/** What is inherited would be the policies of kiln_api too: a membership is granted without, by the attribute of its member. */
async function letControllerBecomeApi(admin: Database): Promise<void> {
  const { rows } = await sql<{ may: boolean }>`
    SELECT pg_has_role('kiln_controller', 'kiln_api', 'MEMBER') AS may`.execute(admin);
  if (rows[0]?.may === true) return;
  await sql`ALTER ROLE kiln_controller NOINHERIT`.execute(admin);
  await sql`GRANT kiln_api TO kiln_controller`.execute(admin);
}

async function setPassword(admin: Database, role: string, password: string): Promise<void> {
  await sql`ALTER ROLE ${sql.id(role)} LOGIN PASSWORD ${sql.lit(scramVerifier(password))}`.execute(admin);
}
