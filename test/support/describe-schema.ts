import { sql } from 'kysely';
import type { Database } from '../../src/storage/database.js';

const HEAD = `-- The schema after all migrations, as the catalog describes it. Made and compared by test/migrations/migrate.pg.test.ts;
-- UPDATE_GOLDENS=1 writes it anew. Not made by pg_dump, whose output differs between versions of PostgreSQL.
-- Partitions of build_logs and Kysely's own tables are left out.
`;

/** Everything the migrations make, as text in a fixed order, the same on every supported PostgreSQL. */
export async function describeSchema(db: Database): Promise<string> {
  const sections: [string, ReturnType<typeof sql<{ line: string }>>][] = [
    ['tables', TABLES],
    ['columns', COLUMNS],
    ['constraints', CONSTRAINTS],
    ['indexes', INDEXES],
    ['policies', POLICIES],
    ['triggers', TRIGGERS],
    ['views', VIEWS],
    ['functions', FUNCTIONS],
    ['grants', GRANTS],
    ['comments', COMMENTS],
  ];
  const texts: string[] = [HEAD];
  for (const [name, query] of sections) {
    const { rows } = await query.execute(db);
    const lines = rows.map((row) => row.line);
    texts.push(`-- ${name}\n${(name === 'columns' ? lines : lines.sort()).join('\n')}\n`);
  }
  return texts.join('\n');
}

const OURS = sql`c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND c.relname NOT LIKE 'kysely_%'`;

const TABLES = sql<{ line: string }>`
  SELECT format('%s %s owner=%s%s%s', CASE c.relkind WHEN 'p' THEN 'partitioned' WHEN 'v' THEN 'view' ELSE 'table' END,
                c.relname, c.relowner::regrole,
                CASE WHEN c.relrowsecurity THEN ' row-security' ELSE '' END,
                CASE WHEN c.relforcerowsecurity THEN ' forced' ELSE '' END)
         || coalesce(' partition by ' || pg_get_partkeydef(c.oid), '')
         || coalesce(' ' || array_to_string(c.reloptions, ','), '') AS line
  FROM pg_class c WHERE ${OURS} AND c.relkind IN ('r', 'p', 'v')`;

const COLUMNS = sql<{ line: string }>`
  SELECT format('%s.%s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod))
         || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
         || CASE a.attidentity WHEN 'a' THEN ' generated always as identity' ELSE '' END
         || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') AS line
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE ${OURS} AND c.relkind IN ('r', 'p', 'v') ORDER BY c.relname COLLATE "C", a.attnum`;

const CONSTRAINTS = sql<{ line: string }>`
  SELECT format('%s %s %s', c.relname, k.conname, pg_get_constraintdef(k.oid)) AS line
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
  WHERE ${OURS} AND k.contype IN ('c', 'f', 'p', 'u')`;

const INDEXES = sql<{ line: string }>`
  SELECT pg_get_indexdef(i.indexrelid) AS line
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE ${OURS}`;

const POLICIES = sql<{ line: string }>`
  SELECT format('%s %s %s to %s using (%s) with check (%s)', c.relname, p.polname, p.polcmd,
                (SELECT string_agg(r::regrole::text, ',' ORDER BY r::regrole::text) FROM unnest(p.polroles) r),
                pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) AS line
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE ${OURS}`;

const TRIGGERS = sql<{ line: string }>`
  SELECT pg_get_triggerdef(t.oid) AS line
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE ${OURS} AND NOT t.tgisinternal`;

const VIEWS = sql<{ line: string }>`
  SELECT format('%s columns %s', c.relname, string_agg(a.attname, ', ' ORDER BY a.attnum)) AS line
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
  WHERE ${OURS} AND c.relkind = 'v' GROUP BY c.relname`;

const FUNCTIONS = sql<{ line: string }>`
  SELECT pg_get_functiondef(p.oid) || '-- owner=' || p.proowner::regrole || E'\n' AS line
  FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace`;

const GRANTS = sql<{ line: string }>`
  SELECT format('%s %s to %s', g.object, string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type), g.grantee) AS line
  FROM (
    SELECT c.relname::text AS object, x.privilege_type,
           CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END AS grantee
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) x WHERE ${OURS} AND x.grantee <> c.relowner
    UNION ALL
    SELECT format('%s(%s)', c.relname, a.attname), x.privilege_type, x.grantee::regrole::text
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid CROSS JOIN LATERAL aclexplode(a.attacl) x WHERE ${OURS}
    UNION ALL
    SELECT p.oid::regprocedure::text, x.privilege_type,
           CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END
    FROM pg_proc p CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
    WHERE p.pronamespace = 'public'::regnamespace AND x.grantee <> p.proowner
  ) g GROUP BY g.object, g.grantee`;

const COMMENTS = sql<{ line: string }>`
  SELECT format('%s%s: %s', c.relname, coalesce('.' || a.attname, ''), d.description) AS line
  FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
  WHERE ${OURS}`;
