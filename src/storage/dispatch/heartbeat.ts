import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import type { LeaseGate } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { notifyPool } from '../notify.js';
import { toJson } from '../storable.js';
import { transact } from '../transact.js';
import { BEAT_GAP_MS } from './options.js';

/** Notes that a worker is alive and what it offers; rings for the dispatcher when slots may have become usable. */
export async function heartbeat(
  db: Database,
  workerId: string,
  offer: Parameters<LeaseGate['heartbeat']>[1],
): Promise<void> {
  await transact(db, async (tx) => {
    const { rows } = await sql<{ usable: boolean | null }>`
      SELECT worker_heartbeat(${workerId}, ${offer.slots}, ${[...offer.methods]}::text[], ${offer.zone},
                              ${toJson(offer.labels)}::jsonb, ${offer.disk?.free_bytes ?? null}::bigint,
                              ${offer.disk?.reserve_bytes ?? null}::bigint) AS usable`.execute(tx);
    const usable = rows[0]?.usable ?? null;
    if (usable === null) throw new KilnError('not_found', { message: 'There is no such worker.' });
    if (usable) await notifyPool(tx);
  });
}

/** Notes that an api is up. `up_since` starts anew after a gap: nobody could renew a lease then. */
export async function beat(db: Database, instance: string): Promise<void> {
  await transact(db, async (tx) => {
    await sql`
      INSERT INTO control_plane_beats AS b (instance, up_since, last_beat)
      VALUES (${instance}, clock_timestamp(), clock_timestamp())
      ON CONFLICT (id) DO UPDATE SET
        instance = excluded.instance,
        last_beat = clock_timestamp(),
        up_since = CASE WHEN clock_timestamp() - b.last_beat > ${BEAT_GAP_MS} * interval '1 ms'
                        THEN clock_timestamp() ELSE b.up_since END`.execute(tx);
  });
}
