import { sql } from 'kysely';
import type { Tx } from '../database.js';
import { notifyBuild } from '../notify.js';
import { putOutbox, putOutboxInReserve } from '../outbox-row.js';
import { after } from '../times.js';
import type { GrantOptions } from './options.js';

/**
 * Takes a slot of the worker for the build: lease, attempt, status, history, doorbell. False when the build is not waiting any more.
 * `asked`: the workflow of this build has asked and hears of it by the answer. Where the caller rings himself the doorbell is in reserve.
 */
export async function grantLease(
  tx: Tx,
  {
    buildId,
    workerId,
    asked,
  }: { readonly buildId: string; readonly workerId: string; readonly asked: boolean },
  { ackTtlMs, granted, onStart }: GrantOptions,
): Promise<boolean> {
  const build = await tx
    .updateTable('builds')
    .from(sql<{ at: Date }>`(SELECT clock_timestamp()::timestamptz(3) AS at)`.as('now'))
    .set((eb) => ({
      status: 'in_progress',
      requeue_reason: null,
      not_before: null,
      started_at: sql<Date>`coalesce(started_at, now.at)`,
      start_error_milliseconds: sql<number>`CASE WHEN started_at IS NULL
        THEN (extract(epoch FROM now.at - start_expected_at) * 1000)::bigint ELSE start_error_milliseconds END`,
      fence: eb('fence', '+', 1),
      attempt_count: eb('attempt_count', '+', 1),
    }))
    .where('id', '=', buildId)
    .where('status', '=', 'queued')
    .where('cancel_requested_at', 'is', null)
    .where('held_at', 'is', null)
    .returning(['tenant_id', 'project_id', 'build_method', 'fence', 'attempt_count', 'queued_at'])
    .returning(['start_error_milliseconds', 'now.at'])
    .executeTakeFirst();
  if (build === undefined) return false;
  const { at } = build;
  const { tenant_id: tenantId, attempt_count: attempt, fence } = build;
  const ring = asked || granted !== undefined ? putOutboxInReserve : putOutbox;
  // In one statement, since all others wait for the pool meanwhile.
  await sql`
    WITH lease AS (
      INSERT INTO leases (id, tenant_id, build_id, worker_id, attempt, fence, project_id, build_method, granted_at, expires_at)
      VALUES (gen_random_uuid(), ${tenantId}, ${buildId}, ${workerId}, ${attempt}, ${fence}, ${build.project_id},
        ${build.build_method}, ${at}, ${after(at, ackTtlMs)})
      RETURNING id),
    attempt AS (
      INSERT INTO attempts (tenant_id, build_id, worker_id, attempt, fence, lease_id, started_at)
      SELECT ${tenantId}, ${buildId}, ${workerId}, ${attempt}, ${fence}, id, ${at} FROM lease),
    slot AS (
      UPDATE build_workers SET current_builds_count = current_builds_count + 1 WHERE id = ${workerId})
    INSERT INTO build_status_history (tenant_id, build_id, from_status, to_status, reason, changed_by_system, changed_at)
    VALUES (${tenantId}, ${buildId}, 'queued', 'in_progress', ${`attempt ${attempt} granted`}, true, ${at})`.execute(
    tx,
  );
  await ring(tx, tenantId, { kind: 'lease_granted', buildId });
  await notifyBuild(tx, buildId, 'build');
  if (!asked) granted?.push(buildId);
  const isFirst = build.attempt_count === 1;
  onStart?.({
    waitedMs: at.getTime() - build.queued_at.getTime(),
    errorMs: isFirst ? build.start_error_milliseconds : null,
  });
  return true;
}
