import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { fillDatabase } from '../../../bench/growth/fill.mjs';
import { type ExplainedDatabase, openExplainedDatabase } from '../../support/explained-database.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { readingsOfApi, readingsOfController, type Reading, type Sampled } from './readings.js';

/*
 * How PostgreSQL answers what is asked of tables that grow with every build: by index. The plans are golden files by major version of
 * PostgreSQL, for others plan otherwise; that no big table is read from end to end holds on all of them.
 */

/** Enough that an index pays, and not more rows than ANALYZE looks at: statistics are the same in every run. */
const BUILDS = 30_000;
/** Tables that get rows with every build. */
const BIG_TABLES = [
  ...[
    'builds',
    'build_configs',
    'build_triggers',
    'build_results',
    'build_status_history',
    'build_steps',
    'build_metrics',
  ],
  ...[
    'build_base_images',
    'build_warnings',
    'build_gates',
    'build_artifacts',
    'build_test_reports',
    'build_test_results',
  ],
  ...[
    'build_attestations',
    'build_logs_DAY',
    'attempts',
    'leases',
    'publications',
    'contents',
    'images',
    'image_metadata',
  ],
  ...[
    'image_layers',
    'image_tags',
    'image_explorations',
    'image_packages',
    'image_package_lists',
    'image_scans',
    'layer_usage',
  ],
];
const WHOLE_TABLE = new RegExp(String.raw`Seq Scan on (${BIG_TABLES.join('|')})\b`);
const GOLDENS = fileURLToPath(new URL('.', import.meta.url));

let db: FreshDatabase;
let api: ExplainedDatabase;
let controller: ExplainedDatabase;
let sampled: Sampled;
let folder: string;
beforeAll(async () => {
  db = await freshDatabase();
  await fillDatabase(db.urls.admin, { builds: BUILDS, logChunks: 2 * BUILDS, days: 30 });
  // What a look at expired leases grants to hosts would depend on how long ago they were filled in.
  await sql`UPDATE build_workers SET status = 'offline'`.execute(db.admin);
  api = openExplainedDatabase(db.urls.api);
  controller = openExplainedDatabase(db.urls.controller);
  sampled = await sample();
  const { rows } = await sql<{ major: number }>`
    SELECT current_setting('server_version_num')::int / 10000 AS major`.execute(db.admin);
  folder = join(GOLDENS, `postgresql-${String(rows[0]?.major)}`);
  if (process.env.UPDATE_GOLDENS === '1') await mkdir(folder, { recursive: true });
}, 900_000);
afterAll(async () => {
  await api.close();
  await controller.close();
  await db.close();
});

/** What readings ask for: of the tenant with the most builds, in which what grows shows first. */
async function sample(): Promise<Sampled> {
  const { rows } = await sql<Sampled>`
    SELECT b.tenant_id AS "tenantId", u.id AS "userId", b.project_id AS "projectId", b.id AS "buildId", b.branch, b.git_commit AS commit, b.image_id AS "imageId",
      i.manifest_digest AS digest, b.created_at AS "createdAt"
    FROM builds b JOIN users u ON u.tenant_id = b.tenant_id JOIN images i ON i.id = b.image_id JOIN tenants t ON t.id = b.tenant_id
    WHERE t.slug = 'tenant-1' AND b.status = 'success' AND b.branch LIKE 'feature/%'
    ORDER BY b.project_id = (SELECT id FROM projects p WHERE p.tenant_id = t.id AND p.slug = 'app-1') DESC, b.build_number OFFSET 50 LIMIT 1`.execute(
    db.admin,
  );
  return rows[0] as Sampled;
}

/** Runs a reading and gives its plans as one text. */
async function explain(of: () => ExplainedDatabase, reading: Reading): Promise<string> {
  const plans = await of().plansOf((database) => reading(database, sampled));
  expect(plans.length).toBeGreaterThan(0);
  return `${plans.join('\n--\n')}\n`;
}

async function judge(name: string, plans: string): Promise<void> {
  expect(plans).not.toMatch(WHOLE_TABLE);
  // What an EXISTS becomes where a planner would rather read all rows of the tenant first, which a LIMIT does not show it to be wrong.
  expect(plans).not.toContain('hashed SubPlan');
  const file = join(folder, `${name.replaceAll(/[^a-z0-9]+/g, '-')}.txt`);
  if (process.env.UPDATE_GOLDENS === '1') await writeFile(file, plans);
  if (existsSync(folder)) expect(plans).toBe(await readFile(file, 'utf8'));
}

test.each(Object.entries(readingsOfApi))('the api reads %s by index', async (name, reading) => {
  await judge(`api ${name}`, await explain(() => api, reading));
});

test.each(Object.entries(readingsOfController))('the controller reads %s by index', async (name, reading) => {
  await judge(`controller ${name}`, await explain(() => controller, reading));
});

test('every golden file is of a reading that there is', async () => {
  if (!existsSync(folder)) return;
  const names = [
    ...Object.keys(readingsOfApi).map((name) => `api ${name}`),
    ...Object.keys(readingsOfController).map((name) => `controller ${name}`),
  ].map((name) => `${name.replaceAll(/[^a-z0-9]+/g, '-')}.txt`);
  expect((await readdir(folder)).sort()).toEqual(names.sort());
});
