import { sql } from 'kysely';
import { KEPT_TICKS } from '../../domain/schedules/schedule.js';
import type { ScheduleClock } from '../../ports/schedules.js';
import type { Database, Tx } from '../database.js';
import { storableText } from '../storable.js';
import { NOW } from '../times.js';
import { single, transact } from '../transact.js';
import { account } from './account.js';
import { ASK_AGAIN, openTick } from './open-tick.js';
import { selectSchedules, toSchedule } from './read-schedules.js';

const REASON_MAX = 2000;

/** Schedules as the controller keeps time with them. Needs the role kiln_controller. `rungAfterMs`: how long after its time a tick is missed. */
export function createScheduleClock(
  db: Database,
  options: { readonly rungAfterMs?: number } = {},
): ScheduleClock {
  return {
    unsynced: async (limit) => {
      const rows = await single(db, (one) =>
        one
          .selectFrom('build_schedules')
          .select('id')
          .where(sql<boolean>`revision <> abs(synced_revision)`)
          .orderBy('updated_at')
          .limit(limit)
          .execute(),
      );
      return rows.map(({ id }) => id);
    },

    ids: async () => {
      const rows = await single(db, (one) =>
        one.selectFrom('build_schedules').select('id').where('deleted_at', 'is', null).execute(),
      );
      return rows.map(({ id }) => id);
    },

    find: (scheduleId) =>
      transact(db, async (tx) => {
        const row = await selectSchedules(tx).where('s.id', '=', scheduleId).executeTakeFirst();
        return row === undefined ? null : toSchedule(row);
      }),

    synced: async (scheduleId, revision) => {
      const { numUpdatedRows } = await single(db, (one) =>
        one
          .updateTable('build_schedules')
          .set({ synced_revision: revision, trouble: null })
          .where('id', '=', scheduleId)
          .where('revision', '=', revision)
          .executeTakeFirst(),
      );
      return numUpdatedRows > 0n;
    },

    noteTrouble: async (scheduleId, trouble, refusedRevision) => {
      await single(db, (one) =>
        one
          .updateTable('build_schedules')
          .set({
            trouble: storableText(trouble).slice(0, REASON_MAX),
            ...(refusedRevision === null ? {} : { synced_revision: -refusedRevision }),
          })
          .where('id', '=', scheduleId)
          .execute(),
      );
    },

    forget: async (scheduleId) => {
      await single(db, (one) =>
        one
          .deleteFrom('build_schedules')
          .where('id', '=', scheduleId)
          .where('deleted_at', 'is not', null)
          .execute(),
      );
    },

    takeDue: async (limit) => {
      const rows = await single(db, (one) =>
        one
          .with('asked', (query) =>
            query
              .selectFrom('schedule_ticks')
              .select('id')
              .where('tick_status', 'in', ['due', 'starting'])
              .where('ask_at', '<=', NOW)
              .orderBy('scheduled_at')
              .limit(limit)
              .forUpdate()
              .skipLocked(),
          )
          .updateTable('schedule_ticks as t')
          .from('asked')
          .set({ ask_at: ASK_AGAIN })
          .whereRef('t.id', '=', 'asked.id')
          .returning(['t.schedule_id', 't.scheduled_at'])
          .execute(),
      );
      return rows
        .sort((a, b) => a.scheduled_at.getTime() - b.scheduled_at.getTime())
        .map((row) => ({ scheduleId: row.schedule_id, at: row.scheduled_at.toISOString() }));
    },

    account: () => account(db, options.rungAfterMs),

    openTick: (scheduleId, at) => transact(db, (tx) => openTick(tx, scheduleId, new Date(at))),

    started: (tickId, buildId) =>
      transact(db, async (tx) => {
        const tick = await tx
          .updateTable('schedule_ticks')
          .set({ tick_status: 'started', build_id: buildId, reason: null, settled_at: NOW })
          .where('id', '=', tickId)
          .where('settled_at', 'is', null)
          .returning(['schedule_id', 'scheduled_at'])
          .executeTakeFirst();
        if (tick === undefined) return;
        await tx
          .updateTable('build_schedules')
          .set({ last_triggered_at: NOW })
          .where('id', '=', tick.schedule_id)
          .execute();
        await pruneTicks(tx, tick.schedule_id);
      }),

    failed: (tickId, reason) =>
      transact(db, async (tx) => {
        const tick = await tx
          .updateTable('schedule_ticks')
          .set({
            tick_status: 'failed',
            reason: storableText(reason).slice(0, REASON_MAX),
            settled_at: NOW,
          })
          .where('id', '=', tickId)
          .where('settled_at', 'is', null)
          .returning('schedule_id')
          .executeTakeFirst();
        if (tick !== undefined) await pruneTicks(tx, tick.schedule_id);
      }),
  };
}

/** Keeps the newest settled ticks, and all that say what runs. */
async function pruneTicks(tx: Tx, scheduleId: string): Promise<void> {
  await sql`
    DELETE FROM schedule_ticks t USING (
      SELECT id FROM schedule_ticks WHERE schedule_id = ${scheduleId} AND settled_at IS NOT NULL
      ORDER BY scheduled_at DESC OFFSET ${KEPT_TICKS}) old
    WHERE t.id = old.id AND NOT EXISTS (SELECT FROM builds b WHERE b.id = t.build_id AND b.completed_at IS NULL)`.execute(
    tx,
  );
}
