import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../../../src/storage/database.js';
import type { KnownBuild } from './recount.js';

const HOUR_MS = 3_600_000;
const METHODS = ['kaniko', 'buildx', 'container', 'packer', 'paketo', 'stub'];
const CODES = ['build_step_failed', 'build_timeout', 'clone_failed', 'disk_full'];

/** The same numbers for the same seed: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Builds around a change of the clock: many near it, near midnights and at the very same moments; attempts of no time up to three days. */
export function randomBuilds(seed: number, count: number, changeMs: number): KnownBuild[] {
  const random = randomFrom(seed);
  const whole = (most: number): number => Math.floor(random() * most);
  const pick = <T>(of: readonly T[]): T => of[whole(of.length)] as T;
  return Array.from({ length: count }, () => {
    const near = pick([changeMs, changeMs, changeMs + (whole(7) - 3) * 24 * HOUR_MS]);
    const spread = pick([2_000, HOUR_MS, 30 * HOUR_MS]);
    const createdMs = near + whole(spread) - Math.floor(spread / 2);
    const waitMs = pick([0, whole(3_000), whole(HOUR_MS)]);
    let atMs = createdMs + waitMs;
    const attempts = Array.from({ length: pick([0, 1, 1, 1, 2]) }, () => {
      const startedMs = atMs;
      atMs += pick([0, 1, whole(60_000), whole(HOUR_MS), whole(HOUR_MS), whole(72 * HOUR_MS)]);
      return { startedMs, endedMs: atMs };
    });
    const status = pick(['success', 'success', 'failed', 'cancelled'] as const);
    return {
      ...{ createdMs, waitMs, attempts, status, method: pick(METHODS) },
      failureCode: status === 'failed' ? pick(CODES) : null,
      durationMs: atMs - createdMs,
      branch: pick([null, 'main', 'develop']),
      steps:
        attempts.length === 0
          ? ([0, 0] as const)
          : pick([
              [3, 1],
              [2, 2],
            ] as const),
      layers:
        status === 'success'
          ? pick([
              [4, 3],
              [1, 0],
            ] as const)
          : null,
    };
  });
}

export interface Place {
  readonly tenantId: string;
  readonly projectId: string;
  readonly workerId: string;
  /** The number of the first build. */
  readonly first: number;
}

/** Writes builds that have ended, in one transaction. */
export async function writeEnded(db: Database, place: Place, builds: readonly KnownBuild[]): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const rows = rowsOf(place, builds);
    await sql`${insertBuilds(rows, false)}`.execute(tx);
    await sql`${insertAttempts(rows)}`.execute(tx);
    await sql`${insertSteps(rows)}`.execute(tx);
    await sql`${insertMetrics(rows)}`.execute(tx);
  });
}

/** Writes builds that wait; the function that comes back has them run and end, each change a transaction of its own. */
export async function writeWaiting(
  db: Database,
  place: Place,
  builds: readonly KnownBuild[],
): Promise<() => Promise<void>> {
  const rows = rowsOf(place, builds);
  await sql`${insertBuilds(rows, true)}`.execute(db);
  return async () => {
    const text = JSON.stringify(rows);
    await sql`${insertAttempts(rows, true)}`.execute(db);
    await sql`${insertSteps(rows)}`.execute(db);
    await sql`
      UPDATE attempts a SET ended_at = t.ended_at, ended_reason = 'failed', log_sealed_at = now(), log_note = 'none'
      FROM jsonb_to_recordset(${text}::jsonb) AS r (attempts jsonb),
           jsonb_to_recordset(r.attempts) AS t (build_id uuid, attempt int, ended_at timestamptz)
      WHERE a.build_id = t.build_id AND a.attempt = t.attempt`.execute(db);
    await sql`UPDATE builds b SET status = 'in_progress', started_at = now(), branch = r.branch
      FROM jsonb_to_recordset(${text}::jsonb) AS r (id uuid, branch text) WHERE b.id = r.id`.execute(db);
    await db.transaction().execute(async (tx) => {
      await sql`UPDATE builds b SET status = r.status, completed_at = r.completed_at
        FROM jsonb_to_recordset(${text}::jsonb) AS r (id uuid, status text, completed_at timestamptz) WHERE b.id = r.id`.execute(
        tx,
      );
      await sql`${insertMetrics(rows)}`.execute(tx);
      await sql`UPDATE build_results b SET status = r.status, failure_code = r.failure_code,
          total_duration_milliseconds = r.duration, queue_wait_milliseconds = r.wait
        FROM jsonb_to_recordset(${text}::jsonb) AS r (id uuid, status text, failure_code text, duration bigint, wait bigint)
        WHERE b.build_id = r.id`.execute(tx);
    });
  };
}

function rowsOf(place: Place, builds: readonly KnownBuild[]) {
  const at = (ms: number): string => new Date(ms).toISOString();
  return builds.map((build, index) => {
    const id = randomUUID();
    return {
      ...{ id, tenant_id: place.tenantId, project_id: place.projectId, build_number: place.first + index },
      ...{ build_method: build.method, status: build.status, failure_code: build.failureCode },
      branch: build.branch,
      ...{ created_at: at(build.createdMs), completed_at: at(build.createdMs + build.durationMs) },
      ...{ duration: build.durationMs, wait: build.waitMs },
      steps: Array.from({ length: build.steps[0] }, (_, number) => ({
        ...{
          tenant_id: place.tenantId,
          build_id: id,
          step_number: number + 1,
          cached: number < build.steps[1],
        },
      })),
      layers: build.layers?.[0] ?? null,
      reused: build.layers?.[1] ?? null,
      attempts: build.attempts.map(({ startedMs, endedMs }, number) => ({
        ...{ build_id: id, attempt: number + 1, lease_id: randomUUID(), worker_id: place.workerId },
        ...{ tenant_id: place.tenantId, project_id: place.projectId, build_method: build.method },
        ...{ started_at: at(startedMs), ended_at: at(endedMs) },
      })),
    };
  });
}

type Rows = ReturnType<typeof rowsOf>;

function insertBuilds(rows: Rows, waiting: boolean) {
  return sql`
    WITH r AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r (id uuid, tenant_id uuid, project_id uuid,
        build_number int, build_method text, branch text, status text, failure_code text, created_at timestamptz, completed_at timestamptz,
        duration bigint, wait bigint)
    ), b AS (
      INSERT INTO builds (id, tenant_id, project_id, build_number, image_repository, build_method, branch, status, build_day, created_at,
        queued_at, dispatch_at, completed_at)
      SELECT id, tenant_id, project_id, build_number, 'r/app', build_method, CASE WHEN ${waiting} THEN NULL ELSE branch END, CASE WHEN ${waiting} THEN 'queued' ELSE status END,
        created_at::date, created_at, created_at, created_at, CASE WHEN ${waiting} THEN NULL ELSE completed_at END FROM r
    )
    INSERT INTO build_results (tenant_id, build_id, status, failure_code, total_duration_milliseconds, queue_wait_milliseconds)
    SELECT tenant_id, id, CASE WHEN ${waiting} THEN NULL ELSE status END, CASE WHEN ${waiting} THEN NULL ELSE failure_code END,
      CASE WHEN ${waiting} THEN NULL ELSE duration END, CASE WHEN ${waiting} THEN NULL ELSE wait END FROM r`;
}

function insertAttempts(rows: Rows, open = false) {
  const attempts = JSON.stringify(rows.flatMap((row) => row.attempts));
  return sql`
    WITH a AS (
      SELECT * FROM jsonb_to_recordset(${attempts}::jsonb) AS a (build_id uuid, attempt int, lease_id uuid, worker_id uuid,
        tenant_id uuid, project_id uuid, build_method text, started_at timestamptz, ended_at timestamptz)
    ), l AS (
      INSERT INTO leases (id, tenant_id, project_id, build_id, build_method, attempt, worker_id, fence, state, granted_at, expires_at,
        ended_at, ended_reason)
      SELECT lease_id, tenant_id, project_id, build_id, build_method, attempt, worker_id, attempt, 'released', started_at, ended_at,
        ended_at, 'released' FROM a
    )
    INSERT INTO attempts (tenant_id, build_id, attempt, lease_id, worker_id, fence, started_at, ended_at, ended_reason, log_sealed_at, log_note)
    SELECT tenant_id, build_id, attempt, lease_id, worker_id, attempt, started_at, CASE WHEN ${open} THEN NULL ELSE ended_at END,
      CASE WHEN ${open} THEN NULL ELSE 'failed' END, CASE WHEN ${open} THEN NULL ELSE now() END, CASE WHEN ${open} THEN NULL ELSE 'none' END
    FROM a`;
}

/** Of each build that ran one step more that failed, which counts for nothing. */
function insertSteps(rows: Rows) {
  const steps = JSON.stringify(rows.flatMap((row) => row.steps));
  return sql`
    INSERT INTO build_steps (tenant_id, build_id, attempt, step_number, step_name, instruction_type, status, cached)
    SELECT tenant_id, build_id, 1, step_number, 'RUN make', 'RUN', 'success', cached
    FROM jsonb_to_recordset(${steps}::jsonb) AS s (tenant_id uuid, build_id uuid, step_number int, cached boolean)
    UNION ALL
    SELECT tenant_id, id, 1, 99, 'RUN test', 'RUN', 'failed', false
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r (tenant_id uuid, id uuid, attempts jsonb) WHERE r.attempts <> '[]'`;
}

function insertMetrics(rows: Rows) {
  return sql`
    INSERT INTO build_metrics (tenant_id, build_id, total_layers, reused_layers, new_layers)
    SELECT tenant_id, id, layers, reused, layers - reused
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r (tenant_id uuid, id uuid, layers int, reused int)`;
}
