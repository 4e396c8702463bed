import { sql } from 'kysely';
import { jainIndex, seedQueue, seedWorkers } from '../queue-load.mjs';
import { summary } from '../timing.mjs';

const DATABASE = 'kiln_bench_claims';
const SLOTS = 20;
const TENANTS = 50;

/**
 * Queues in a database of its own, without Temporal: what it takes to give a slot back and to grant it again, in microseconds, with 10 and
 * with 10,000 builds queued, and how evenly fifty tenants are served meanwhile.
 */
export async function measureClaims(site, { claims }) {
  // The shorter queue is that of ten tenants; a build comes for each that goes.
  const few = await withQueue(site, { tenants: 10, builds: (SLOTS + 10) / 10 }, (queue) =>
    claimOneByOne(queue, { claims, refill: true }),
  );
  const many = await withQueue(site, { tenants: TENANTS, builds: 10_000 / TENANTS }, (queue) =>
    claimOneByOne(queue, { claims, refill: false }),
  );
  return {
    claim_at_10_us: summary(few.tookUs),
    claim_at_10000_us: summary(many.tookUs),
    jain_index: jainIndex(many.served),
  };
}

async function withQueue({ server, passwords }, load, work) {
  const { setupDatabase } = await import('../../dist/src/storage/setup.js');
  const { openDatabase } = await import('../../dist/src/storage/database.js');
  const { createDispatcher } = await import('../../dist/src/storage/dispatch/dispatcher.js');
  const { host, port, user, password } = server;
  const adminUrl = `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/postgres`;
  const cluster = openDatabase({ url: adminUrl, poolSize: 1, queryTimeoutMs: 0 });
  try {
    const urls = await setupDatabase({ adminUrl, database: DATABASE, passwords });
    const db = openDatabase({ url: urls.controller });
    const admin = openDatabase({ url: urls.admin, poolSize: 1 });
    try {
      const tenants = await seedQueue(db, { ...load, projects: 1 });
      await seedWorkers(db, { workers: SLOTS, slots: 1 });
      await sql`ANALYZE`.execute(admin);
      return await work({ db, tenants, dispatcher: createDispatcher(db) });
    } finally {
      await Promise.all([db.destroy(), admin.destroy()]);
    }
  } finally {
    await sql`DROP DATABASE IF EXISTS ${sql.id(DATABASE)} WITH (FORCE)`.execute(cluster);
    await cluster.destroy();
  }
}

/** Ends the oldest of the builds that hold slots, again and again, and times how its slot is given to the next. */
async function claimOneByOne({ db, tenants, dispatcher }, { claims, refill }) {
  await dispatcher.grantNext();
  const tookUs = [];
  for (let claim = 0; claim < claims; claim += 1) {
    const [lease] = (
      await sql`SELECT id AS "leaseId", build_id AS "buildId", attempt, fence, project_id AS "projectId" FROM leases
                WHERE state = 'granted' ORDER BY granted_at, id LIMIT 1`.execute(db)
    ).rows;
    await sql`UPDATE builds SET status = 'failed', completed_at = clock_timestamp() WHERE id = ${lease.buildId}`.execute(
      db,
    );
    const startedMs = performance.now();
    await dispatcher.release(lease);
    tookUs.push((performance.now() - startedMs) * 1000);
    if (refill) await queueAnother(db, lease.projectId);
  }
  const { rows } = await sql`
    SELECT count(l.id)::int AS served FROM unnest(${tenants}::uuid[]) t LEFT JOIN leases l ON l.tenant_id = t GROUP BY t`.execute(
    db,
  );
  return { tookUs, served: rows.map(({ served }) => served) };
}

async function queueAnother(db, projectId) {
  await sql`
    INSERT INTO builds (tenant_id, project_id, build_number, image_repository, build_method, build_day, dispatch_at)
    SELECT tenant_id, project_id, max(build_number) + 1, max(image_repository), max(build_method), current_date, clock_timestamp()
    FROM builds WHERE project_id = ${projectId} GROUP BY tenant_id, project_id`.execute(db);
}
