import { sql } from 'kysely';
import { methodsWithFewRuns, type PastRun } from '../../domain/dispatch/expected-duration.js';
import { UNLIMITED } from '../../domain/dispatch/limits.js';
import type { LeasedBuild, QueuedBuild, QueueFacts, QueueHost } from '../../domain/dispatch/queue-view.js';
import type { Tx } from '../database.js';
import { databaseNow } from '../times.js';
import { CONDITION_COLUMNS, judgeOnline } from '../workers/condition.js';
import { readPolicies } from './pool-state.js';

/** Runs of a project by a method that say how long the next will take. */
const PAST_RUNS = 40;
/** Of each other project, where a project has too few of its own. */
const PAST_RUNS_OF_OTHERS = 3;
/** Of the lease `l`: what-ifs are made otherwise than what is built day by day. */
const COUNTS = sql`NOT EXISTS (SELECT FROM builds w WHERE w.id = l.build_id AND w.what_if IS NOT NULL)`;

/** A build that waits, as people know it. */
export interface NamedBuild extends QueuedBuild {
  readonly number: number;
  readonly project: string;
  readonly branch: string | null;
  readonly priority: number;
  readonly queuedAt: Date;
}

/** The facts of a queue with the names of its builds. */
export interface NamedQueue extends QueueFacts {
  readonly queued: readonly NamedBuild[];
}

/** What decides how long the builds of a tenant wait, by one statement for each kind of fact. Needs a transaction of the tenant. */
export async function readQueue(tx: Tx, tenantId: string): Promise<NamedQueue> {
  const queued = await readQueued(tx, tenantId);
  const running = await readLeased(tx, tenantId);
  const now = await databaseNow(tx);
  const hosts = await readHosts(tx, tenantId, now);
  const own = await readPast(tx, tenantId);
  const few = methodsWithFewRuns([...queued, ...running], own);
  const past = few.length === 0 ? own : [...own, ...(await readPastOfOthers(tx, tenantId, few))];
  const policy = (await readPolicies(tx)).get(tenantId) ?? UNLIMITED;
  const others = await readOthers(tx);
  return { nowMs: now.getTime(), tenantId, policy, queued, running, hosts, past, others };
}

async function readQueued(tx: Tx, tenantId: string): Promise<NamedBuild[]> {
  const { rows } = await sql<
    Omit<NamedBuild, 'dispatchAtMs' | 'createdAtMs' | 'notBeforeMs'> & {
      at: Date;
      created: Date;
      notBefore: Date | null;
    }
  >`
    SELECT b.id AS "buildId", b.project_id AS "projectId", p.slug AS project, b.build_number AS number, b.build_method AS method,
      b.needs, b.branch, b.priority, b.queued_at AS "queuedAt", b.dispatch_at AS at, b.created_at AS created,
      b.not_before AS "notBefore", c.cache_enabled IS NOT FALSE AS "usesCache"
    FROM builds b JOIN projects p ON p.id = b.project_id JOIN build_configs c ON c.build_id = b.id
    WHERE b.tenant_id = ${tenantId} AND b.status = 'queued' AND b.cancel_requested_at IS NULL AND b.held_at IS NULL`.execute(
    tx,
  );
  return rows.map(({ at, created, notBefore, ...build }) => ({
    ...build,
    dispatchAtMs: at.getTime(),
    createdAtMs: created.getTime(),
    notBeforeMs: notBefore?.getTime() ?? null,
  }));
}

async function readLeased(tx: Tx, tenantId: string): Promise<LeasedBuild[]> {
  const { rows } = await sql<Omit<LeasedBuild, 'grantedAtMs'> & { granted: Date }>`
    SELECT l.project_id AS "projectId", l.build_method AS method, l.worker_id AS "workerId", l.granted_at AS granted,
      p.slug || '#' || b.build_number AS name, c.cache_enabled IS NOT FALSE AS "usesCache"
    FROM leases l JOIN builds b ON b.id = l.build_id JOIN projects p ON p.id = l.project_id
    JOIN build_configs c ON c.build_id = l.build_id
    WHERE l.tenant_id = ${tenantId} AND l.state IN ('granted', 'active') ORDER BY l.granted_at`.execute(tx);
  return rows.map(({ granted, ...build }) => ({ ...build, grantedAtMs: granted.getTime() }));
}

async function readHosts(tx: Tx, tenantId: string, now: Date): Promise<QueueHost[]> {
  const rows = await tx
    .selectFrom('build_workers')
    .select(['id', 'tenant_id', 'worker_name', 'methods', 'labels', ...CONDITION_COLUMNS])
    .where('status', '<>', 'offline')
    .where((eb) => eb.or([eb('tenant_id', 'is', null), eb('tenant_id', '=', tenantId)]))
    .orderBy('worker_name')
    .execute();
  return rows.map((row) => ({
    workerId: row.id,
    name: row.worker_name,
    methods: row.methods,
    labels: row.labels,
    slots: row.concurrent_builds_limit,
    taken: row.current_builds_count,
    isShared: row.tenant_id === null,
    refusal: judgeOnline(row, now).refusal,
  }));
}

/** The newest runs of each project and method that waits or runs, of which somebody took the lease up and gave it back. */
async function readPast(tx: Tx, tenantId: string): Promise<PastRun[]> {
  const { rows } = await sql<PastRun>`
    SELECT open.project_id AS "projectId", open.build_method AS method, c.cache_enabled IS NOT FALSE AS "usesCache",
      extract(epoch FROM run.ended_at - run.granted_at)::float8 * 1000 AS "durationMs"
    FROM (
      SELECT project_id, build_method FROM builds
      WHERE tenant_id = ${tenantId} AND status = 'queued' AND cancel_requested_at IS NULL AND held_at IS NULL
      UNION SELECT project_id, build_method FROM leases WHERE tenant_id = ${tenantId} AND state IN ('granted', 'active')
    ) open
    CROSS JOIN LATERAL (
      SELECT l.build_id, l.granted_at, l.ended_at FROM leases l
      WHERE l.project_id = open.project_id AND l.build_method = open.build_method
        AND l.ended_reason = 'released' AND l.acknowledged_at IS NOT NULL AND ${COUNTS}
      ORDER BY l.granted_at DESC LIMIT ${PAST_RUNS}
    ) run
    JOIN build_configs c ON c.build_id = run.build_id`.execute(tx);
  return rows;
}

/** The newest runs by these methods of the projects of the tenant of which nothing by them waits or runs. */
async function readPastOfOthers(tx: Tx, tenantId: string, methods: readonly string[]): Promise<PastRun[]> {
  const { rows } = await sql<PastRun>`
    SELECT p.id AS "projectId", m.method, c.cache_enabled IS NOT FALSE AS "usesCache",
      extract(epoch FROM run.ended_at - run.granted_at)::float8 * 1000 AS "durationMs"
    FROM projects p CROSS JOIN unnest(${[...methods]}::text[]) AS m(method)
    CROSS JOIN LATERAL (
      SELECT l.build_id, l.granted_at, l.ended_at FROM leases l
      WHERE l.project_id = p.id AND l.build_method = m.method AND l.ended_reason = 'released' AND l.acknowledged_at IS NOT NULL AND ${COUNTS}
      ORDER BY l.granted_at DESC LIMIT ${PAST_RUNS_OF_OTHERS}
    ) run
    JOIN build_configs c ON c.build_id = run.build_id
    WHERE p.tenant_id = ${tenantId}
      AND NOT EXISTS (SELECT FROM builds b WHERE b.project_id = p.id AND b.build_method = m.method AND b.tenant_id = ${tenantId}
        AND b.status = 'queued' AND b.cancel_requested_at IS NULL AND b.held_at IS NULL)
      AND NOT EXISTS (SELECT FROM leases l WHERE l.project_id = p.id AND l.build_method = m.method AND l.tenant_id = ${tenantId}
        AND l.state IN ('granted', 'active'))`.execute(tx);
  return rows;
}

async function readOthers(tx: Tx): Promise<{ weight: number; queued: number }> {
  const { rows } = await sql<{ weight: number; queued: number }>`
    SELECT weight, queued FROM other_tenants_load()`.execute(tx);
  return rows[0] ?? { weight: 0, queued: 0 };
}
