import { sql } from 'kysely';
import { clockworkOf } from '../../domain/schedules/next-runs.js';
import { missedText } from '../../domain/schedules/schedule.js';
import { isTick, nextTick } from '../../domain/schedules/ticks.js';
import type { OpenedTick, Schedule } from '../../ports/schedules.js';
import type { Tx } from '../database.js';
import { databaseNow, NOW } from '../times.js';
import { selectSchedules, toSchedule } from './read-schedules.js';

/** Whoever looks after a tick has this long before it is asked for again. */
export const ASK_AGAIN = sql<Date>`clock_timestamp() + interval '60 s'`;

const FOREIGN: OpenedTick = { kind: 'foreign' };

/**
 * Looks at a tick under the lock of its schedule: a time that the clock rings for and nobody has written down yet becomes a row, unless
 * it is none of the schedule's; then overlaps are decided. A tick that is starting counts as a build that runs.
 */
export async function openTick(tx: Tx, scheduleId: string, at: Date): Promise<OpenedTick> {
  const row = await selectSchedules(tx).where('s.id', '=', scheduleId).forUpdate('s').executeTakeFirst();
  if (row === undefined) return FOREIGN;
  const schedule = toSchedule(row);
  const tick = (await findTick(tx, scheduleId, at)) ?? (await writeDown(tx, schedule, at));
  if (tick === null) return FOREIGN;
  const { id: tickId, tick_status: status, tick_kind: kind, waited } = tick;
  if (status === 'started' || status === 'skipped' || status === 'failed')
    return { kind: 'settled', status, buildId: tick.build_id };
  await moveNext(tx, schedule, at, row.next_trigger_at);
  const settled = (what: 'skipped', reason: string) => settle(tx, tickId, what, reason);
  const now = await databaseNow(tx);
  const tooLateMs = at.getTime() + (schedule.jitterSeconds + schedule.catchupWindowSeconds) * 1000;
  if (kind === 'clock' && status === 'due' && !waited && now.getTime() > tooLateMs)
    return settled('skipped', missedText(schedule.catchupWindowSeconds));
  if (kind === 'clock' && status !== 'starting' && !schedule.isActive)
    return settled('skipped', 'the schedule was paused before it could run');
  const others = await liveBuilds(tx, scheduleId, tickId);
  if (status !== 'starting' && others.isBusy && schedule.overlap !== 'allow_all') {
    const waits = schedule.overlap === 'buffer_one' || kind === 'backfill';
    if (!waits && schedule.overlap === 'skip')
      return settled('skipped', `a build of this schedule still ran: ${others.text}`);
    if (waits && kind === 'clock' && (await isBuffered(tx, scheduleId, tickId)))
      return settled('skipped', `a tick of this schedule waited already for ${others.text}`);
    if (waits) {
      await wait(tx, tickId, `waits for ${others.text}`);
      return { kind: 'settled', status: 'buffered', buildId: null };
    }
  }
  await tx
    .updateTable('schedule_ticks')
    .set({ tick_status: 'starting', reason: null, ask_at: ASK_AGAIN })
    .where('id', '=', tickId)
    .execute();
  return {
    ...{ kind: 'starting', tickId, schedule },
    others: schedule.overlap === 'cancel_other' && kind === 'clock' ? others.buildIds : [],
  };
}

function findTick(tx: Tx, scheduleId: string, at: Date) {
  return tx
    .selectFrom('schedule_ticks')
    .select(['id', 'tick_status', 'tick_kind', 'build_id', 'waited'])
    .where('schedule_id', '=', scheduleId)
    .where('scheduled_at', '=', at)
    .executeTakeFirst();
}

/** Null for a time that the schedule does not have (any more), or while it is paused: its Temporal Schedule is not in step then. */
async function writeDown(tx: Tx, schedule: Schedule, at: Date) {
  if (!schedule.isActive || !isTick(clockworkOf(schedule), at.getTime())) return null;
  return tx
    .insertInto('schedule_ticks')
    .values({
      ...{ tenant_id: schedule.tenantId, schedule_id: schedule.id, scheduled_at: at },
      ...{ tick_kind: 'clock', tick_status: 'due', ask_at: ASK_AGAIN },
    })
    .returning(['id', 'tick_status', 'tick_kind', 'build_id', 'waited'])
    .executeTakeFirstOrThrow();
}

/** The tick that was next has come; one that comes before it leaves those between to `account`. */
async function moveNext(tx: Tx, schedule: Schedule, at: Date, next: Date | null): Promise<void> {
  if (!schedule.isActive || next === null || next.getTime() !== at.getTime()) return;
  const after = nextTick(clockworkOf(schedule), at.getTime());
  await tx
    .updateTable('build_schedules')
    .set({ next_trigger_at: after === null ? null : new Date(after) })
    .where('id', '=', schedule.id)
    .execute();
}

/** Builds of the schedule that wait or run; one that waits for approval does not. */
async function liveBuilds(tx: Tx, scheduleId: string, tickId: string) {
  const rows = await tx
    .selectFrom('schedule_ticks as t')
    .leftJoin('builds as b', 'b.id', 't.build_id')
    .select(['t.tick_status', 'b.id', 'b.build_number'])
    .where('t.schedule_id', '=', scheduleId)
    .where('t.id', '<>', tickId)
    .where((eb) =>
      eb.or([
        eb('t.tick_status', '=', 'starting'),
        eb.and([eb('b.id', 'is not', null), eb('b.completed_at', 'is', null), eb('b.held_at', 'is', null)]),
      ]),
    )
    .orderBy('b.build_number')
    .execute();
  const numbers = rows.flatMap((row) => (row.build_number === null ? [] : [`#${String(row.build_number)}`]));
  return {
    isBusy: rows.length > 0,
    buildIds: rows.flatMap(({ id }) => id ?? []),
    text: numbers.length === 0 ? 'one that was being started' : numbers.join(', '),
  };
}

async function isBuffered(tx: Tx, scheduleId: string, tickId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('schedule_ticks')
    .select('id')
    .where('schedule_id', '=', scheduleId)
    .where('id', '<>', tickId)
    .where('tick_kind', '=', 'clock')
    .where((eb) =>
      eb.or([
        eb('tick_status', '=', 'buffered'),
        eb.and([eb('tick_status', '=', 'due'), eb('waited', '=', true)]),
      ]),
    )
    .executeTakeFirst();
  return row !== undefined;
}

async function wait(tx: Tx, tickId: string, reason: string): Promise<void> {
  await tx
    .updateTable('schedule_ticks')
    .set({ tick_status: 'buffered', waited: true, reason })
    .where('id', '=', tickId)
    .execute();
}

async function settle(tx: Tx, tickId: string, status: 'skipped', reason: string): Promise<OpenedTick> {
  await tx
    .updateTable('schedule_ticks')
    .set({ tick_status: status, reason, settled_at: NOW })
    .where('id', '=', tickId)
    .execute();
  return { kind: 'settled', status, buildId: null };
}
