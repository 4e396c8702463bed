import { chmod } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { ensureBuilt, ensureDependencies } from '../bin/bootstrap.mjs';
import { openScratch } from './closing.mjs';
import { seedOldBuilds } from './old-builds.mjs';
import { partOptions } from './part-options.mjs';
import { seedQueue, seedWorkers } from './queue-load.mjs';
import { percentile } from './timing.mjs';

const DATABASE = 'kiln_bench_retention';
const PARTS = ['builds', 'logs'];
const FULL = { builds: 100_000, keep: 1_000, queued: 40_000 };
const QUICK = { builds: 10_000, keep: 100, queued: 10_000 };
const DAYS = 60;
const SLOTS = 20;
/** Claims come at this distance, as a busy installation makes them. */
const CLAIM_EVERY_MS = 10;
const FLOOR_MS = 10_000;

export const USAGE = `npm run bench -- retention [--quick] [--json] [--part ${PARTS.join('|')}]...
  what grants notice of retention: builds removed by number, then days of logs dropped
  --quick  10,000 builds, not 100,000
  --json   one line`;

/** How long giving a slot back and granting it again takes while nothing else is done, and while retention works on the same database. */
export async function measure(args, closing) {
  const options = partOptions(args, PARTS);
  const size = options.quick ? QUICK : FULL;
  await ensureDependencies();
  await ensureBuilt();
  const db = await openDatabases(closing);
  const old = await seedOldBuilds(db.admin, { builds: size.builds, days: DAYS });
  await seedQueue(db.controller, { tenants: 10, builds: size.queued / 10, projects: 1 });
  await seedWorkers(db.controller, { workers: SLOTS, slots: 1 });
  await sql`ANALYZE`.execute(db.admin);
  const { createDispatcher } = await import('../dist/src/storage/dispatch/dispatcher.js');
  const { createBuildPruner } = await import('../dist/src/storage/build-retention/build-pruner.js');
  const dispatcher = createDispatcher(db.controller);
  await dispatcher.grantNext();
  const pruner = createBuildPruner(db.controller, { installationLogDays: null });
  const setRules = (rules) =>
    sql`
    INSERT INTO build_retentions (tenant_id, project_id, keep_builds, log_days)
    VALUES (${old.tenantId}, ${old.projectId}, ${rules.keep}, ${rules.logDays})
    ON CONFLICT (tenant_id, project_id) DO UPDATE SET keep_builds = excluded.keep_builds, log_days = excluded.log_days`.execute(
      db.admin,
    );
  const works = {
    builds: async () => {
      await setRules({ keep: size.keep, logDays: null });
      const [pruneId] = await pruner.openAll();
      while (!(await pruner.pruneSome(pruneId)));
      const { rows } = await sql`SELECT removed_builds FROM build_prunes WHERE id = ${pruneId}`.execute(
        db.admin,
      );
      return { removed_builds: rows[0].removed_builds };
    },
    logs: async () => {
      await setRules({ keep: null, logDays: 7 });
      while (!(await pruner.removeSomeLogs()));
      const { rows } =
        await sql`SELECT count(*) AS days FROM removed_log_days WHERE deleted_at IS NOT NULL`.execute(
          db.admin,
        );
      return { dropped_days: rows[0].days };
    },
  };
  const claim = createClaim(db.controller, dispatcher);
  await claimWhile(claim, () => sleep(1_000));
  const figures = {};
  for (const part of options.part) {
    const floor = await claimWhile(claim, () => sleep(FLOOR_MS));
    const beganAtMs = performance.now();
    const beside = await claimWhile(claim, works[part]);
    figures[part] = {
      ...beside.gave,
      seconds: rounded((performance.now() - beganAtMs) / 1000),
      claims: beside.tookMs.length,
      ...told('floor', floor.tookMs),
      ...told('claim', beside.tookMs),
      added_p99_ms: rounded(percentile(beside.tookMs, 99) - percentile(floor.tookMs, 99)),
      added_most_ms: rounded(Math.max(...beside.tookMs) - Math.max(...floor.tookMs)),
    };
  }
  if (options.json) console.log(JSON.stringify(figures));
  else console.table(figures);
}

const rounded = (value) => Number(value.toFixed(2));
const told = (name, tookMs) => ({
  [`${name}_p50_ms`]: rounded(percentile(tookMs, 50)),
  [`${name}_p99_ms`]: rounded(percentile(tookMs, 99)),
  [`${name}_most_ms`]: rounded(Math.max(...tookMs)),
});

/** Claims one after the other until `work` is done; how long each took, and what `work` gave. */
async function claimWhile(claim, work) {
  const tookMs = [];
  let isDone = false;
  const working = work().finally(() => {
    isDone = true;
  });
  while (!isDone) {
    const took = await claim();
    if (took === null) break;
    tookMs.push(took);
    await sleep(CLAIM_EVERY_MS);
  }
  return { tookMs, gave: await working };
}

/** Ends the oldest of the builds that hold slots, and times how its slot is given to the next; null when the queue is empty. */
function createClaim(db, dispatcher) {
  return async () => {
    const { rows } = await sql`
      SELECT id AS "leaseId", build_id AS "buildId", attempt, fence FROM leases WHERE state = 'granted' ORDER BY granted_at, id LIMIT 1`.execute(
      db,
    );
    const [lease] = rows;
    if (lease === undefined) return null;
    await sql`UPDATE builds SET status = 'failed', completed_at = clock_timestamp() WHERE id = ${lease.buildId}`.execute(
      db,
    );
    const startedMs = performance.now();
    await dispatcher.release(lease);
    return performance.now() - startedMs;
  };
}

/** A database on a server of its own, as durable as any. */
async function openDatabases(closing) {
  const { ensurePrograms } = await import('../dist/src/embedded/programs.js');
  const { startPostgres } = await import('../dist/src/embedded/services/postgres.js');
  const { setupDatabase } = await import('../dist/src/storage/setup.js');
  const { openDatabase } = await import('../dist/src/storage/database.js');
  const folder = await openScratch(closing);
  await chmod(folder, 0o755);
  const programs = await ensurePrograms(['postgres']);
  const server = await closing.open(
    () => startPostgres({ stateFolder: folder, programs }),
    (started) => started.stop(),
  );
  const { user, password, host, port, database } = server.connection;
  const adminUrl = `postgres://${user}:${password}@${host}:${port}/${database}`;
  const passwords = { api: 'api', controller: 'controller' };
  const urls = await setupDatabase({ adminUrl, database: DATABASE, passwords });
  const open = (url) =>
    closing.open(
      () => openDatabase({ url, queryTimeoutMs: 0 }),
      (opened) => opened.destroy(),
    );
  return { admin: await open(urls.admin), controller: await open(urls.controller) };
}
