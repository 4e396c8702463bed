import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';

/*
 * Long queues without a builder: rows by SQL, driven through `grantNext`. For measurements and for test/storage/dispatch/queue-load.pg.test.ts.
 * `db` is a Kysely of the role kiln_controller.
 */

/**
 * Queues `builds` builds for each tenant over its projects, all of one tenant before all of the next, which is the hardest case for a fair
 * order: whoever goes by age alone serves one tenant after the other. Gives the tenants in that order.
 */
export async function seedQueue(db, { tenants, builds, projects = 2, method = 'buildx' }) {
  const ids = Array.from({ length: tenants }, () => randomUUID());
  await sql`INSERT INTO tenants (id, slug, name) SELECT id, 'load-' || id, 'load' FROM unnest(${ids}::uuid[]) id`.execute(
    db,
  );
  await sql`INSERT INTO build_concurrency_policies (tenant_id) SELECT unnest(${ids}::uuid[])`.execute(db);
  await sql`
    INSERT INTO projects (tenant_id, slug, name, image_repository)
    SELECT id, 'load-' || p, 'load', '127.0.0.1:5000/load' FROM unnest(${ids}::uuid[]) id, generate_series(1, ${projects}::int) p`.execute(
    db,
  );
  await sql`
    INSERT INTO builds (tenant_id, project_id, build_number, image_repository, build_method, build_day, created_at, queued_at, dispatch_at)
    SELECT p.tenant_id, p.id, n, p.image_repository, ${method}, current_date, at, at, at
    FROM (SELECT *, split_part(slug, '-', 2)::int AS place FROM projects WHERE tenant_id = ANY(${ids}::uuid[])) p
    CROSS JOIN generate_series(1, ${Math.ceil(builds / projects)}::int) n
    CROSS JOIN LATERAL (SELECT now() - interval '10 hours' + interval '1 ms' *
      (array_position(${ids}::uuid[], p.tenant_id) * ${builds} + n * ${projects} + p.place)) AS t(at)`.execute(
    db,
  );
  return ids;
}

/** Workers that have just sent a heartbeat, shared by all tenants. Nothing runs there. Gives their ids. */
export async function seedWorkers(db, { workers, slots, methods = ['buildx'] }) {
  const { rows } = await sql`
    INSERT INTO build_workers (worker_name, worker_type, methods, concurrent_builds_limit, status, last_heartbeat)
    SELECT 'load-' || gen_random_uuid(), 'local', ${methods}::text[], ${slots}::int, 'healthy', now() + interval '1 hour'
    FROM generate_series(1, ${workers}::int) RETURNING id`.execute(db);
  return rows.map(({ id }) => id);
}

/**
 * `rounds` times: has every slot granted, tells `onRound` of all leases that are valid then, and ends them, as if each had run for
 * `durationMs`. Hosts take nothing meanwhile, so that a round is granted in one transaction. Ends with an empty queue.
 */
export async function driveQueue(db, dispatcher, { rounds, durationMs, onRound }) {
  for (let round = 0; round < rounds; round += 1) {
    await dispatcher.grantNext();
    const { rows: leases } = await sql`
      SELECT l.id AS "leaseId", l.build_id AS "buildId", l.attempt, l.fence, l.tenant_id AS tenant, l.project_id AS project,
        l.worker_id AS worker, extract(epoch FROM b.dispatch_at)::float8 AS place
      FROM leases l JOIN builds b ON b.id = l.build_id WHERE l.state IN ('granted', 'active') ORDER BY b.dispatch_at`.execute(
      db,
    );
    if (leases.length === 0) return;
    onRound(leases);
    await sql`UPDATE build_workers SET status = 'degraded'`.execute(db);
    const ids = leases.map(({ buildId }) => buildId);
    await sql`UPDATE builds SET status = 'failed', completed_at = clock_timestamp() WHERE id = ANY(${ids}::uuid[])`.execute(
      db,
    );
    for (const lease of leases) {
      await sql`UPDATE leases SET granted_at = clock_timestamp() - ${durationMs} * interval '1 ms' WHERE id = ${lease.leaseId}`.execute(
        db,
      );
      await dispatcher.release(lease);
    }
    await sql`UPDATE build_workers SET status = 'healthy'`.execute(db);
  }
}

/** Jain's index of fairness: 1 when all are equal, 1/n when one has all. */
export function jainIndex(values) {
  const sum = values.reduce((a, b) => a + b, 0);
  const squares = values.reduce((a, b) => a + b * b, 0);
  return squares === 0 ? 1 : sum ** 2 / (values.length * squares);
}
