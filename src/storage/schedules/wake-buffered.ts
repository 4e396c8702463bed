import type { Tx } from '../database.js';
import { notifySchedules } from '../notify.js';
import { NOW } from '../times.js';

/** A build has ended: ticks that its schedule has kept waiting are to be looked at. Part of the transaction of the end. */
export async function wakeBuffered(tx: Tx, buildId: string): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('schedule_ticks')
    .set({ tick_status: 'due', ask_at: NOW })
    .where('tick_status', '=', 'buffered')
    .where('schedule_id', 'in', (eb) =>
      eb.selectFrom('schedule_ticks').select('schedule_id').where('build_id', '=', buildId),
    )
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await notifySchedules(tx);
}
