import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { TENANT, tokenOf } from './facts.mjs';
import { fillDatabase } from './fill.mjs';

const API = fileURLToPath(new URL('../../dist/bundles/api.js', import.meta.url));
const PASSWORDS = { api: 'api-password', controller: 'controller-password' };
/** Of the server while it is filled; it is measured with those that `kiln up` gives it. */
const FILLING = { shared_buffers: '1GB', max_wal_size: '8GB', wal_level: 'minimal', max_wal_senders: '0' };

/**
 * One PostgreSQL of the measurement's own with a database for each of these sizes, and an api over each. The days of the statistics are counted by what counts
 * them elsewhere. All of it is gone at the end.
 */
export async function openGrownSite(sizes, closing, report) {
  const { startPostgres } = await import('../../dist/src/embedded/services/postgres.js');
  const { ensurePrograms } = await import('../../dist/src/embedded/programs.js');
  const { setupDatabase } = await import('../../dist/src/storage/setup.js');
  const folder = await openServerFolder(closing);
  const programs = await ensurePrograms(['postgres']);
  const open = (settings) =>
    closing.open(
      () => startPostgres({ stateFolder: folder, programs, settings }),
      (server) => server.stop(),
    );
  const filling = await open(FILLING);
  const figures = {};
  const urls = {};
  for (const [name, size] of Object.entries(sizes)) {
    const database = `kiln_${name}`;
    urls[name] = await setupDatabase({ adminUrl: adminUrl(filling), database, passwords: PASSWORDS });
    const seconds = await fillDatabase(urls[name].admin, { ...size, report });
    const days = await countAllDays(urls[name]);
    figures[name] = { seconds: { ...seconds, ...days }, ...(await sizeOf(urls[name].admin)) };
    report(`${name}: ${JSON.stringify(figures[name])}`);
  }
  await filling.stop();
  const server = await open({});
  const sites = {};
  for (const [name, { admin, api }] of Object.entries(urls)) {
    const moved = (url) => Object.assign(new URL(url), { port: String(server.connection.port) }).toString();
    sites[name] = {
      ask: await openApi(moved(api), path.join(folder, `api-${name}`), closing),
      query: await openQueries(moved(admin), closing),
    };
  }
  return { figures, ...sites };
}

async function openServerFolder(closing) {
  const { removeFolder } = await import('../../dist/src/embedded/remove-folder.js');
  const { postgresDataFolder } = await import('../../dist/src/embedded/services/postgres-folder.js');
  const folder = await closing.open(
    () => mkdtempSync(path.join(os.tmpdir(), 'kiln-bench-')),
    async (made) => {
      // As root it may lie elsewhere.
      const databases = path.dirname(path.dirname(await postgresDataFolder(made)));
      await removeFolder(made);
      rmSync(databases, { recursive: true, force: true });
    },
  );
  chmodSync(folder, 0o755);
  return folder;
}

function adminUrl({ connection: { user, password, host, port, database } }) {
  return `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
}

/** Those of the tenant that is asked, by the controller's own count of a day. */
async function countAllDays({ admin, controller }) {
  const { openDatabase } = await import('../../dist/src/storage/database.js');
  const { createRollUp } = await import('../../dist/src/storage/stats/roll-up.js');
  const client = new pg.Client({ connectionString: admin });
  await client.connect();
  await client.query(`INSERT INTO uncounted_days (tenant_id, date)
    SELECT DISTINCT tenant_id, (created_at AT TIME ZONE 'utc')::date FROM builds
    WHERE tenant_id = (SELECT id FROM tenants WHERE slug = 'tenant-${TENANT}')`);
  await client.end();
  const database = openDatabase({ url: controller, queryTimeoutMs: 0 });
  const rollUp = createRollUp(database);
  const beganMs = performance.now();
  let counted = 0;
  while ((await rollUp.countNextDay()) !== null) counted += 1;
  await database.destroy();
  return {
    days: Math.round((performance.now() - beganMs) / 100) / 10,
    day_ms: Math.round((performance.now() - beganMs) / counted),
  };
}

async function sizeOf(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(`
    SELECT round(pg_database_size(current_database()) / 1e6)::int AS database_mb,
      (SELECT round(sum(pg_total_relation_size(inhrelid)) / 1e6)::int FROM pg_inherits WHERE inhparent = 'build_logs'::regclass) AS logs_mb,
      (SELECT jsonb_object_agg(relname, rows) FROM (SELECT relname, reltuples::bigint AS rows FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND NOT relispartition ORDER BY reltuples DESC LIMIT 12) big) AS rows`);
  await client.end();
  return rows[0];
}

/** What asks for a path as the admin of a tenant, and gives what was answered; anything but 200 ends the measurement. */
async function openApi(databaseUrl, dataFolder, closing) {
  const child = await closing.open(
    () =>
      spawn(process.execPath, [API], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {
          ...process.env,
          KILN_DATABASE_URL: databaseUrl,
          KILN_PORT: '0',
          KILN_DATA_DIR: dataFolder,
          KILN_LOG_LEVEL: 'info',
          NODE_ENV: 'production',
        },
      }),
    async (process) => {
      if (process.exitCode !== null) return;
      process.kill('SIGTERM');
      await once(process, 'exit');
    },
  );
  const port = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The api ended with ${code}.`)));
    createInterface(child.stdout).on('line', (line) => {
      const { msg, port: listens, level } = JSON.parse(line);
      if (msg === 'api is ready') resolve(listens);
      if (level === 'error' || level >= 50) console.error(line);
    });
  });
  return async ({ tenant, at }) => {
    const response = await fetch(`http://127.0.0.1:${port}${at}`, {
      headers: { authorization: `Bearer ${tokenOf(tenant)}` },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`GET ${at}: ${response.status} ${text}`);
    return text;
  };
}

async function openQueries(url, closing) {
  const client = await closing.open(
    async () => {
      const opened = new pg.Client({ connectionString: url });
      await opened.connect();
      return opened;
    },
    (opened) => opened.end(),
  );
  return async (text, values) => (await client.query(text, values)).rows;
}
