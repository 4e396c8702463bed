import { sql } from 'kysely';
import type { Database, Tx } from '../database.js';
import { knownMigrations, ranMigrations } from '../migrations/migrate.js';
import { type CheckResult, judgeRows, type RowCheck } from './check.js';

const WALLS: RowCheck = {
  name: 'row_level_security',
  holds:
    'Every table with rows of a tenant enforces row-level security, and no role of a process reads past it.',
  broken: sql`
    SELECT format('table %s: row-level security is %s', c.relname,
                  CASE WHEN c.relrowsecurity THEN 'not forced' ELSE 'off' END) AS what
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND (c.relname = 'tenants' OR EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped))
      AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
    UNION ALL
    SELECT format('table %s has no policy for kiln_api', c.relname)
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relrowsecurity AND NOT EXISTS (
      SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND 'kiln_api'::regrole = ANY (p.polroles))
    UNION ALL
    SELECT format('partition %s can be read past its table by %s', c.relname, r.rolname)
    FROM pg_class c CROSS JOIN pg_roles r
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relispartition
      AND r.rolname IN ('kiln_api', 'kiln_controller') AND has_table_privilege(r.oid, c.oid, 'SELECT')
    UNION ALL
    SELECT format('role %s reads past row-level security', r.rolname) FROM pg_roles r
    WHERE r.rolname IN ('kiln_api', 'kiln_controller') AND (r.rolsuper OR r.rolbypassrls)`,
};

/** Whether the schema is the one of this Kiln. Needs a role that reads the list of migrations. */
export async function checkSchema(admin: Database | Tx, folder?: string): Promise<CheckResult[]> {
  const [ran, known] = [await ranMigrations(admin), await knownMigrations(folder)];
  const missing = known.filter((name) => !ran.includes(name)).map((name) => `${name} has not run`);
  const strange = ran.filter((name) => !known.includes(name)).map((name) => `${name} is unknown here`);
  const migrations = {
    name: 'migrations',
    holds: 'The migrations of this Kiln have run, and no others.',
    wrong: missing.length + strange.length,
    examples: [...missing, ...strange],
  };
  return [migrations, ...(await judgeRows(admin, [WALLS]))];
}
