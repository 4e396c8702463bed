import type { DrillDatabase } from './database.js';
import type {
  AttemptFacts,
  BuildFacts,
  Effect,
  Evidence,
  LeaseFacts,
  LogSum,
  QuarantineFacts,
  WorkerFacts,
} from './evidence.js';

/** The evidence that lies in the database. */
export type Rows = Pick<
  Evidence,
  | 'builds'
  | 'leases'
  | 'attempts'
  | 'workers'
  | 'tenantLimits'
  | 'keys'
  | 'effects'
  | 'quarantines'
  | 'outbox'
  | 'tags'
>;

const ms = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** Reads them. Needs a superuser: rows of every tenant are seen. */
export async function collectRows(db: DrillDatabase): Promise<Rows> {
  const builds = await db.patiently<BuildFacts & Record<string, unknown>>(`
    SELECT b.id, b.tenant_id AS "tenantId", b.status, r.status AS "resultStatus", r.failure_code AS "failureCode",
           r.failure_reason AS "failureReason", ${ms('b.created_at')} AS "createdAtMs", ${ms('b.completed_at')} AS "completedAtMs",
           ${ms('b.cancel_requested_at')} AS "cancelRequestedAtMs", ${ms('b.publish_began_at')} AS "publishBeganAtMs",
           ${ms('b.tags_began_at')} AS "tagsBeganAtMs",
           b.destinations, b.tags_moved AS "tagsMoved", r.output_image_digest AS digest, b.image_repository AS repository,
           (SELECT a.outcome #>> '{image,manifestDigest}' FROM attempts a WHERE a.build_id = b.id AND a.outcome ->> 'result' = 'succeeded'
            ORDER BY a.attempt DESC LIMIT 1) AS "stagedDigest",
           b.attempt_count AS "attemptCount", coalesce(r.cleanup_status, 'missing') AS cleanup,
           coalesce(b.staging_kept_until > clock_timestamp(), false) AS "isStagingKept", r.original_build_id AS "firstBuildId"
    FROM builds b LEFT JOIN build_results r ON r.build_id = b.id ORDER BY b.created_at`);
  const leases = await db.patiently<LeaseFacts & Record<string, unknown>>(`
    SELECT build_id AS "buildId", tenant_id AS "tenantId", worker_id AS "workerId", attempt, fence::int,
           ${ms('granted_at')} AS "grantedAtMs", ${ms('acknowledged_at')} AS "acknowledgedAtMs",
           ${ms('ended_at')} AS "endedAtMs", ended_reason AS "endedReason" FROM leases ORDER BY granted_at`);
  const workers = await db.patiently<WorkerFacts & Record<string, unknown>>(`
    SELECT id, worker_name AS name, concurrent_builds_limit AS slots, current_builds_count AS counted FROM build_workers`);
  const limits = await db.patiently<{ id: string; limit: number }>(`
    SELECT tenant_id AS id, max_concurrent_builds AS limit FROM build_concurrency_policies WHERE max_concurrent_builds IS NOT NULL`);
  const keys = await db.patiently<{ key: string; buildId: string }>(`
    SELECT idempotency_key AS key, build_id AS "buildId" FROM idempotency_keys`);
  const effects = await db.patiently<Effect & Record<string, unknown>>(`
    SELECT number::int, kind, build_id AS "buildId", attempt, ${ms('at')} AS "atMs", before, after, is_held AS "isHeld"
    FROM drill.effects ORDER BY number`);
  const quarantines = await db.patiently<QuarantineFacts & Record<string, unknown>>(`
    SELECT worker_id AS "workerId", ${ms('at')} AS "atMs", reason FROM drill.quarantines ORDER BY at`);
  const outbox = await db.patiently<{ buildId: string; message: string; lastError: string | null }>(`
    SELECT build_id AS "buildId", message ->> 'kind' AS message, last_error AS "lastError" FROM outbox`);
  const tags = await db.patiently<{ reference: string; digest: string; buildId: string }>(`
    SELECT repository || ':' || tag AS reference, manifest_digest AS digest, build_id AS "buildId" FROM image_tags`);
  const tenantLimits = Object.fromEntries(limits.map(({ id, limit }) => [id, limit]));
  return {
    builds,
    leases,
    attempts: await collectAttempts(db),
    workers,
    tenantLimits,
    keys,
    effects,
    quarantines,
    outbox,
    tags,
  };
}

/** How many rows say that something of a build is still to be done. */
export async function countUnsettled(db: DrillDatabase): Promise<number> {
  const [row] = await db.patiently<{ count: number }>(`
    SELECT ((SELECT count(*) FROM builds b JOIN build_results r ON r.build_id = b.id
             WHERE b.completed_at IS NULL
                OR (r.cleanup_status <> 'completed' AND coalesce(b.staging_kept_until < clock_timestamp(), true)))
          + (SELECT count(*) FROM leases WHERE ended_at IS NULL) + (SELECT count(*) FROM outbox))::int AS count`);
  return row!.count;
}

interface AttemptRow {
  readonly buildId: string;
  readonly attempt: number;
  readonly workerId: string;
  readonly endedReason: string | null;
  readonly note: string | null;
  readonly isSealed: boolean;
  readonly sealed: LogSum;
  readonly stored: LogSum;
  readonly text: string;
}

async function collectAttempts(db: DrillDatabase): Promise<AttemptFacts[]> {
  const rows = await db.patiently<AttemptRow & Record<string, unknown>>(`
    SELECT a.build_id AS "buildId", a.attempt, a.worker_id AS "workerId", a.ended_reason AS "endedReason", a.log_note AS note,
           a.log_sealed_at IS NOT NULL AS "isSealed",
           json_build_object('chunks', a.log_chunks, 'lines', a.log_lines, 'bytes', a.log_bytes, 'sha256', a.log_sha256) AS sealed,
           json_build_object('chunks', s.chunks, 'lines', s.lines, 'bytes', s.bytes,
             'sha256', encode(sha256(coalesce(s.content, '')), 'hex')) AS stored,
           coalesce(s.text, '') AS text
    FROM attempts a JOIN builds b ON b.id = a.build_id CROSS JOIN LATERAL (
      SELECT count(*)::int AS chunks, coalesce(sum(line_count), 0)::int AS lines, coalesce(sum(size_bytes), 0)::int AS bytes,
             string_agg(log_content, '' ORDER BY chunk) AS text,
             string_agg(coalesce(raw, convert_to(log_content, 'UTF8')), '' ORDER BY chunk) AS content
      FROM build_logs l WHERE l.build_day = b.build_day AND l.build_id = a.build_id AND l.attempt = a.attempt) s`);
  return rows.map(({ isSealed, sealed, ...row }) => ({ ...row, sealed: isSealed ? sealed : null }));
}
