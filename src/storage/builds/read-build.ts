import { sql } from 'kysely';
import { nameProject } from '../../domain/builds/name-project.js';
import { isTerminal } from '../../domain/builds/status.js';
import { noSuchBuild } from '../../domain/builds/no-such-build.js';
import { ERRORS, isErrorCode } from '../../domain/errors.js';
import { deciderName } from '../../domain/gates/gate-words.js';
import { parseId } from '../../domain/ids.js';
import { whyLogWent } from '../../domain/retention/build-retention.js';
import { traceIdOf } from '../../domain/traces/trace-id.js';
import { readTraceparent } from '../../domain/traces/traceparent.js';
import type { Build } from '../../ports/records.js';
import type { Tx } from '../database.js';
import { isoOrNull } from '../times.js';
import { firstOfChain } from './chain.js';
import { readQueueReason } from './read-queue-reason.js';
import { warningCount } from './read-warnings.js';
import { hasImageToResume } from './resume.js';

/** Not by EXISTS, for which a planner may read the attempts of all builds of the tenant first. */
const hasOpenLog = sql<boolean>`(
  SELECT true FROM attempts a WHERE a.build_id = b.id AND a.log_sealed_at IS NULL LIMIT 1) IS NOT NULL`;

const areTracesSent = sql<boolean | null>`(SELECT traces_wanted FROM installation)`;

/** The rows of a build that the API shows as one thing. */
export function buildQuery(tx: Tx) {
  return tx
    .selectFrom('builds as b')
    .innerJoin('projects as p', 'p.id', 'b.project_id')
    .innerJoin('build_results as r', 'r.build_id', 'b.id')
    .innerJoin('build_triggers as t', 't.build_id', 'b.id')
    .leftJoin('images as oi', 'oi.id', 'r.output_image_id')
    .leftJoin('builds as wb', 'wb.id', 'b.what_if_of_build_id')
    .leftJoin('build_gates as g', 'g.build_id', 'b.id')
    .leftJoin('users as gu', 'gu.id', 'g.decided_by_user_id')
    .leftJoin('api_tokens as gt', 'gt.id', 'g.decided_by_token_id')
    .innerJoin('build_configs as c', 'c.build_id', 'b.id')
    .leftJoin('removed_log_days as d', (join) =>
      join.onRef('d.project_id', '=', 'b.project_id').onRef('d.build_day', '=', 'b.build_day'),
    )
    .select([
      'b.id',
      'b.project_id',
      'b.build_number',
      'b.status',
      'b.build_method',
      'b.image_id',
      'b.destinations',
      'b.git_commit',
      'b.branch',
      'b.author',
      'b.message',
      'b.priority',
      'b.error_message',
      'b.cancel_requested_at',
      'b.publish_began_at',
      'b.created_at',
      'b.started_at',
      'b.completed_at',
      'b.attempt_count',
      'b.what_if',
      'b.what_if_of_build_id',
      'wb.build_number as what_if_of_number',
      'b.removed_at',
      'b.removed_because',
      'd.removed_at as log_removed_at',
      'd.log_days as removed_by_log_days',
      'p.slug as project',
      'c.trust',
      't.trigger_type',
      't.trigger_source',
      't.traceparent',
      'r.status as result_status',
      'r.exit_code',
      'r.output_image_url',
      'r.output_image_digest',
      'oi.deleted_at as image_deleted_at',
      'r.failure_reason',
      'r.failure_code',
      'r.failure_stage',
      'r.failure_step',
      'r.failure_instruction',
      'r.failure_last_lines',
      'r.retryable',
      'r.total_duration_milliseconds',
      'r.queue_wait_milliseconds',
      'r.build_execution_milliseconds',
      'r.artifact_push_milliseconds',
      'r.retry_count',
      'r.is_retry',
      'r.original_build_id',
      'r.retry_of_build_id',
      'r.cleanup_status',
      'g.gate_status',
      'g.manifest_digest as gate_digest',
      'g.findings as gate_findings',
      'g.requested_at as gate_requested_at',
      'g.expires_at as gate_expires_at',
      'g.decided_at as gate_decided_at',
      'g.why as gate_why',
      'gu.username as gate_user',
      'gt.token_name as gate_token',
    ])
    .select(hasOpenLog.as('has_open_log'))
    .select(areTracesSent.as('are_traces_sent'))
    .select(hasImageToResume.as('has_image_to_resume'))
    .select(warningCount.as('warning_count'));
}

type BuildRow = Awaited<ReturnType<ReturnType<typeof buildQuery>['executeTakeFirstOrThrow']>>;

/** One build of the transaction's tenant; not_found otherwise. */
export async function readBuild(tx: Tx, buildId: string): Promise<Build> {
  const row = await buildQuery(tx).where('b.id', '=', parseId(buildId)).executeTakeFirst();
  if (row === undefined) throw noSuchBuild();
  return toBuild(row, row.status === 'queued' ? await readQueueReason(tx, row.id) : null);
}

/** A build with its retries and what it is a retry of, the first one first. */
export async function readChain(tx: Tx, buildId: string): Promise<Build[]> {
  const first = await firstOfChain(tx, buildId);
  const rows = await buildQuery(tx)
    .where(({ eb, or }) => or([eb('r.build_id', '=', first), eb('r.original_build_id', '=', first)]))
    .orderBy('r.retry_count')
    .execute();
  return rows.map((row) => toBuild(row));
}

/** `queueReason` is read for one build at a time. */
export function toBuild(row: BuildRow, queueReason: string | null = null): Build {
  return {
    id: row.id,
    project: row.project,
    project_id: row.project_id,
    build_number: row.build_number,
    status: row.status,
    build_method: row.build_method,
    image_id: row.image_id,
    destinations: row.destinations,
    git_commit: row.git_commit,
    branch: row.branch,
    author: row.author,
    message: row.message,
    trigger_type: row.trigger_type,
    trigger_source: row.trigger_source,
    trust: row.trust,
    priority: row.priority,
    queue_reason: queueReason,
    error_message: row.error_message && nameProject(row.error_message, row.project),
    cancel_requested_at: isoOrNull(row.cancel_requested_at),
    publish_began_at: isoOrNull(row.publish_began_at),
    created_at: row.created_at.toISOString(),
    started_at: isoOrNull(row.started_at),
    completed_at: isoOrNull(row.completed_at),
    attempts: row.attempt_count,
    log_complete: isTerminal(row.status) && !row.has_open_log,
    workflow_id: `build/${row.id}`,
    ...(row.are_traces_sent === true && {
      trace_id: traceIdOf(row.id, readTraceparent(row.traceparent ?? undefined)),
    }),
    removal: toRemoval(row),
    gate: toGate(row),
    ...toWhatIf(row),
    result: toResult(row),
  };
}

function toWhatIf({ what_if: changes, what_if_of_build_id: of, what_if_of_number: number }: BuildRow) {
  if (changes === null || of === null || number === null) return {};
  return { what_if: { of_build_id: of, of_build_number: number, changes } as Build['what_if'] };
}

function toRemoval(row: BuildRow): Build['removal'] {
  const { removed_at: removedAt, log_removed_at: logRemovedAt, removed_by_log_days: logDays } = row;
  if (removedAt !== null)
    return { what: 'details', removed_at: removedAt.toISOString(), because: row.removed_because ?? '' };
  if (logRemovedAt === null || logDays === null) return null;
  return { what: 'log', removed_at: logRemovedAt.toISOString(), because: whyLogWent(logDays) };
}

function toGate(row: BuildRow): Build['gate'] {
  const { gate_status: status, gate_digest: digest, gate_requested_at: requestedAt } = row;
  if (status === null || digest === null || requestedAt === null) return null;
  const isDecided = status === 'approved' || status === 'rejected';
  return {
    status,
    manifest_digest: digest,
    findings: row.gate_findings ?? [],
    requested_at: requestedAt.toISOString(),
    expires_at: isoOrNull(row.gate_expires_at),
    decided_at: isoOrNull(row.gate_decided_at),
    decided_by: isDecided ? deciderName(row.gate_user, row.gate_token) : null,
    why: row.gate_why,
  };
}

function toResult(row: BuildRow): Build['result'] {
  const code = row.failure_code;
  return {
    status: row.result_status,
    exit_code: row.exit_code,
    output_image_url: row.output_image_url,
    output_image_digest: row.output_image_digest,
    image_deleted_at: isoOrNull(row.image_deleted_at),
    failure_reason: row.failure_reason && nameProject(row.failure_reason, row.project),
    failure_code: code,
    failure_stage: row.failure_stage,
    failure_step: row.failure_step,
    failure_instruction: row.failure_instruction,
    failure_last_lines: row.failure_last_lines,
    failure_fix: isErrorCode(code) ? nameProject(ERRORS[code].fix, row.project, row.build_number) : null,
    retryable: row.retryable,
    total_duration_milliseconds: row.total_duration_milliseconds,
    queue_wait_milliseconds: row.queue_wait_milliseconds,
    build_execution_milliseconds: row.build_execution_milliseconds,
    artifact_push_milliseconds: row.artifact_push_milliseconds,
    retry_count: row.retry_count,
    is_retry: row.is_retry,
    original_build_id: row.original_build_id,
    retry_of_build_id: row.retry_of_build_id,
    resumable_from: row.has_image_to_resume ? 'publish' : null,
    warning_count: row.warning_count,
    cleanup_status: row.cleanup_status,
  };
}
