import { sql } from 'kysely';
import { clockworkOf } from '../../domain/schedules/next-runs.js';
import { KEPT_TICKS, missedText } from '../../domain/schedules/schedule.js';
import { nextTick, ticksBetween } from '../../domain/schedules/ticks.js';
import type { Database, Tx } from '../database.js';
import { notifySchedules } from '../notify.js';
import { databaseNow, NOW } from '../times.js';
import { transact } from '../transact.js';
import { selectSchedules, toSchedule } from './read-schedules.js';

/** A clock that rings has rung by then, and who was rung has written the tick down. */
const RUNG_AFTER_MS = 60_000;

/** Accounts for the times of all schedules that nobody has accounted for; gives those that were missed. */
export async function account(db: Database, rungAfterMs = RUNG_AFTER_MS) {
  await transact(db, wakeLeft);
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM build_schedules
    WHERE deleted_at IS NULL AND is_active
      AND next_trigger_at + jitter_seconds * interval '1 s' + ${rungAfterMs} * interval '1 ms' < clock_timestamp()
    ORDER BY next_trigger_at LIMIT 500`.execute(db);
  const missed: { scheduleId: string; at: string }[] = [];
  for (const { id } of rows) {
    const times = await transact(db, (tx) => accountOne(tx, id, rungAfterMs));
    missed.push(...times.map((at) => ({ scheduleId: id, at: new Date(at).toISOString() })));
  }
  return missed;
}

async function accountOne(tx: Tx, id: string, rungAfterMs: number): Promise<number[]> {
  const row = await selectSchedules(tx).where('s.id', '=', id).forUpdate('s').executeTakeFirst();
  if (row === undefined || row.next_trigger_at === null) return [];
  const schedule = toSchedule(row);
  const clockwork = clockworkOf(schedule);
  const now = (await databaseNow(tx)).getTime();
  const until = now - schedule.jitterSeconds * 1000 - rungAfterMs;
  const from = row.next_trigger_at.getTime();
  // Of a long absence the newest are written down.
  const lostBefore = until - schedule.catchupWindowSeconds * 1000;
  const passed = [
    ...lastTicks(clockwork, from, Math.min(until, lostBefore)),
    ...ticksBetween(clockwork, Math.max(from, lostBefore + 1), until, KEPT_TICKS * 20),
  ];
  const missed: number[] = [];
  for (const tick of passed.slice(-KEPT_TICKS)) {
    const isLost = tick <= lostBefore;
    const { numInsertedOrUpdatedRows: written } = await tx
      .insertInto('schedule_ticks')
      .values({
        ...{
          tenant_id: schedule.tenantId,
          schedule_id: id,
          scheduled_at: new Date(tick),
          tick_kind: 'clock',
        },
        ...(isLost
          ? {
              ...{ tick_status: 'skipped', settled_at: NOW },
              reason: missedText(schedule.catchupWindowSeconds),
            }
          : { tick_status: 'due' }),
      })
      .onConflict((conflict) => conflict.columns(['schedule_id', 'scheduled_at']).doNothing())
      .executeTakeFirstOrThrow();
    if (written !== undefined && written > 0n) missed.push(tick);
  }
  const next = nextTick(clockwork, Math.max(until, from - 1));
  await tx
    .updateTable('build_schedules')
    .set({ next_trigger_at: next === null ? null : new Date(next) })
    .where('id', '=', id)
    .execute();
  if (missed.length > 0) await notifySchedules(tx);
  return missed;
}

/** The newest ticks of a span, however long it is: as many as are kept. */
function lastTicks(clockwork: Parameters<typeof ticksBetween>[0], from: number, to: number): number[] {
  if (to < from) return [];
  for (let span = 86_400_000; ; span *= 4) {
    const start = Math.max(from, to - span);
    const found = ticksBetween(clockwork, start, to, Number.POSITIVE_INFINITY);
    if (start === from || found.length >= KEPT_TICKS) return found.slice(-KEPT_TICKS);
  }
}

/** A tick that waits for nothing any more, since the doorbell of the end was lost. */
async function wakeLeft(tx: Tx): Promise<void> {
  await sql`
    UPDATE schedule_ticks t SET tick_status = 'due', ask_at = clock_timestamp()
    WHERE t.tick_status = 'buffered' AND NOT EXISTS (
      SELECT FROM schedule_ticks o LEFT JOIN builds b ON b.id = o.build_id
      WHERE o.schedule_id = t.schedule_id AND o.id <> t.id
        AND (o.tick_status = 'starting' OR (b.id IS NOT NULL AND b.completed_at IS NULL AND b.held_at IS NULL)))`.execute(
    tx,
  );
}
