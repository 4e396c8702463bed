import pg from 'pg';
import { DAYS, FUNCTIONS, growthTable, HOUSES } from './facts.mjs';
import { AFTER, FILL, logOfDay } from './tables.mjs';

/** Statements that are under way at once. */
const AT_ONCE = 2;
const SESSION = `SET session_replication_role = replica; SET maintenance_work_mem = '512MB'; SET work_mem = '256MB';
  SET jit = off; SET synchronous_commit = off; SET timezone = 'UTC'; ${FUNCTIONS}`;

/**
 * Fills a migrated database that has no builds with so many of them and with chunks of their logs, by SQL as its superuser, without triggers and checks of foreign
 * keys. Indexes that no constraint needs are made anew at the end, and statistics are gathered. Gives the seconds that each part took.
 */
export async function fillDatabase(url, { builds, logChunks, days = DAYS, report = () => undefined }) {
  const clients = Array.from({ length: AT_ONCE }, () => new pg.Client({ connectionString: url }));
  const seconds = {};
  const timed = async (name, work) => {
    const beganMs = performance.now();
    await work();
    seconds[name] = Math.round((performance.now() - beganMs) / 100) / 10;
    report(`${name}: ${seconds[name]} s`);
  };
  try {
    for (const client of clients) {
      await client.connect();
      await client.query(SESSION);
    }
    const run = (text, values) => clients[0].query(text, values);
    const runAll = (texts) => sideBySide(clients, texts, (client, text) => client.query(text));
    await timed('facts', async () => {
      for (const text of HOUSES) await run(text);
      await run(growthTable({ builds, logChunks, days }));
      await run('CREATE INDEX ON growth (n); CREATE INDEX ON growth (created_at); ANALYZE growth');
    });
    const indexes = await dropIndexes(run);
    const { layer_usage: layerUsage, ...tables } = FILL;
    await timed('tables', async () => {
      await runAll(Object.values(tables));
      await runAll([layerUsage, ...AFTER]);
    });
    await timed('logs', () => fillLogs(clients));
    await timed('indexes', () => runAll(indexes));
    await run('DROP TABLE growth');
    await timed('vacuum', () => run('VACUUM ANALYZE'));
  } finally {
    for (const client of clients) await client.end();
  }
  return seconds;
}

/** Those of the tables that are filled. Gives the statements that make them again. */
async function dropIndexes(run) {
  const { rows } = await run(
    `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS text FROM pg_index i
     WHERE i.indrelid = ANY($1::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)`,
    [Object.keys(FILL)],
  );
  if (rows.length > 0) await run(`DROP INDEX ${rows.map(({ name }) => name).join(', ')}`);
  return rows.map(({ text }) => text);
}

/** A partition for every day, and one day after the other. */
async function fillLogs(clients) {
  const { rows } = await clients[0].query(
    `SELECT DISTINCT ((created_at AT TIME ZONE 'utc')::date)::text AS day FROM growth ORDER BY 1`,
  );
  const days = rows.map(({ day }) => day);
  for (const day of days)
    await clients[0].query(
      `CREATE TABLE IF NOT EXISTS build_logs_${day.replaceAll('-', '')} PARTITION OF build_logs FOR VALUES FROM ('${day}') TO ('${day}'::date + 1)`,
    );
  await sideBySide(clients, days, (client, day) => client.query(logOfDay, [day]));
}

async function sideBySide(clients, items, work) {
  const left = [...items];
  await Promise.all(
    clients.map(async (client) => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await work(client, item);
    }),
  );
}
