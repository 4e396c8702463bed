import { randomUUID } from 'node:crypto';
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
  const ids = { tenant_id: build.tenant_id, build_id: buildId };
  const lease = {
    worker_id: workerId,
    attempt: build.attempt_count,
    fence: build.fence,
  };
  const leaseId = randomUUID();
  await tx
    .insertInto('leases')
    .values({
      ...ids,
      ...lease,
      id: leaseId,
      project_id: build.project_id,
      build_method: build.build_method,
      granted_at: at,
      expires_at: after(at, ackTtlMs),
    })
    .execute();
  await tx
    .insertInto('attempts')
    .values({ ...ids, ...lease, lease_id: leaseId, started_at: at })
    .execute();
  await tx
    .updateTable('build_workers')
    .set((eb) => ({ current_builds_count: eb('current_builds_count', '+', 1) }))
    .where('id', '=', workerId)
    .execute();
  await tx
    .insertInto('build_status_history')
    .values({
      ...ids,
      from_status: 'queued',
      to_status: 'in_progress',
      reason: `attempt ${String(lease.attempt)} granted`,
      changed_by_system: true,
      changed_at: at,
    })
    .execute();
  const ring = asked || granted !== undefined ? putOutboxInReserve : putOutbox;
  await ring(tx, build.tenant_id, { kind: 'lease_granted', buildId });
  await notifyBuild(tx, buildId, 'build');
  if (!asked) granted?.push(buildId);
  const isFirst = build.attempt_count === 1;
  onStart?.({
    waitedMs: at.getTime() - build.queued_at.getTime(),
    errorMs: isFirst ? build.start_error_milliseconds : null,
  });
  return true;
}
