import { sql } from 'kysely';
import type { TracedAttempt, TracedBuild } from '../../domain/traces/traced-build.js';
import { readTraceparent } from '../../domain/traces/traceparent.js';
import type { Tx } from '../database.js';

/** The record of a build that has ended, for its trace. */
export async function readTracedBuild(tx: Tx, buildId: string): Promise<TracedBuild> {
  const row = await tx
    .selectFrom('builds as b')
    .innerJoin('projects as p', 'p.id', 'b.project_id')
    .innerJoin('build_configs as c', 'c.build_id', 'b.id')
    .innerJoin('build_results as r', 'r.build_id', 'b.id')
    .innerJoin('build_triggers as t', 't.build_id', 'b.id')
    .select([
      'b.build_number',
      'p.slug',
      'b.build_method',
      't.trigger_type',
      't.requested_at',
      't.traceparent',
    ])
    .select(['c.git_url', 'b.branch', 'b.git_commit', 'b.created_at', 'b.tags_began_at', 'b.completed_at'])
    .select(['r.status', 'r.failure_code', 'r.failure_step', 'r.output_image_digest'])
    .where('b.id', '=', buildId)
    .executeTakeFirstOrThrow();
  const endedAt = row.completed_at ?? row.created_at;
  return {
    buildId,
    number: row.build_number,
    project: row.slug,
    method: row.build_method,
    trigger: row.trigger_type,
    requestedAt: row.requested_at,
    parent: readTraceparent(row.traceparent ?? undefined),
    repositoryUrl: row.git_url,
    branch: row.branch,
    commit: row.git_commit,
    acceptedAt: row.created_at,
    tagsBeganAt: row.tags_began_at,
    endedAt,
    result: row.status ?? 'failed',
    failureCode: row.failure_code,
    failureStep: row.failure_step,
    imageDigest: row.output_image_digest,
    queued: await readQueued(tx, buildId),
    gate: await readGate(tx, buildId, endedAt),
    attempts: await readAttempts(tx, buildId),
    publications: await tx
      .selectFrom('publications')
      .select(['repository', 'status', 'started_at as startedAt', 'completed_at as completedAt'])
      .where('build_id', '=', buildId)
      .orderBy('started_at')
      .orderBy('repository')
      .execute(),
  };
}

async function readQueued(tx: Tx, buildId: string): Promise<TracedBuild['queued']> {
  const { rows } = await sql<{ from: Date; to: Date }>`
    SELECT "from", "to" FROM (
      SELECT to_status, changed_at AS "from", lead(changed_at) OVER (ORDER BY sequence) AS "to"
      FROM build_status_history WHERE build_id = ${buildId} AND from_status IS DISTINCT FROM to_status
    ) spans WHERE to_status = 'queued' AND "to" IS NOT NULL ORDER BY "from"`.execute(tx);
  return rows;
}

/** Of a gate that asked a person. */
async function readGate(tx: Tx, buildId: string, endedAt: Date): Promise<TracedBuild['gate']> {
  const gate = await tx
    .selectFrom('build_gates')
    .select(['gate_status', 'requested_at', 'decided_at'])
    .where('build_id', '=', buildId)
    .where('gate_status', 'not in', ['passed', 'refused'])
    .executeTakeFirst();
  if (gate === undefined) return null;
  return { status: gate.gate_status, from: gate.requested_at, to: gate.decided_at ?? endedAt };
}

async function readAttempts(tx: Tx, buildId: string): Promise<TracedAttempt[]> {
  const attempts = await tx
    .selectFrom('attempts as a')
    .innerJoin('build_workers as w', 'w.id', 'a.worker_id')
    .innerJoin('leases as l', 'l.id', 'a.lease_id')
    .select(['a.attempt', 'a.lease_id', 'a.worker_id', 'w.worker_name', 'a.started_at', 'l.acknowledged_at'])
    .select(['a.ended_at', 'a.ended_reason'])
    // Not the whole outcome, which lists layers and materials.
    .select([
      sql<string | null>`a.outcome #>> '{failure,code}'`.as('failureCode'),
      sql<number | null>`(a.outcome #>> '{metrics,sourceDurationMs}')::float8`.as('sourceMs'),
      sql<number | null>`(a.outcome #>> '{metrics,pushDurationMs}')::float8`.as('pushMs'),
    ])
    .where('a.build_id', '=', buildId)
    .orderBy('a.attempt')
    .execute();
  const steps = await tx
    .selectFrom('build_steps')
    .select(['id', 'attempt', 'step_number', 'step_name', 'instruction_type', 'status', 'cached'])
    .select(['started_at', 'completed_at'])
    .where('build_id', '=', buildId)
    .orderBy('step_number')
    .execute();
  return attempts.map((row) => ({
    attempt: row.attempt,
    leaseId: row.lease_id,
    workerId: row.worker_id,
    worker: row.worker_name,
    startedAt: row.started_at,
    takenUpAt: row.acknowledged_at,
    endedAt: row.ended_at,
    end: row.ended_reason,
    failureCode: row.failureCode,
    sourceMs: row.sourceMs,
    pushMs: row.pushMs,
    steps: steps.flatMap((step) =>
      step.attempt !== row.attempt
        ? []
        : [
            {
              id: step.id,
              number: step.step_number,
              name: step.step_name,
              instruction: step.instruction_type,
              status: step.status,
              cached: step.cached,
              startedAt: step.started_at,
              completedAt: step.completed_at,
            },
          ],
    ),
  }));
}
