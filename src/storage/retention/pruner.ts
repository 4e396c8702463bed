import { sql } from 'kysely';
import type { Pruner } from '../../ports/retention.js';
import type { Database } from '../database.js';
import { transact } from '../transact.js';
import { pruneSome } from './prune-some.js';

/** The controller's side of retention. Needs the role kiln_controller. */
export function createPruner(db: Database): Pruner {
  const idsOf = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);
  return {
    openAll: () =>
      transact(db, async (tx) => {
        await sql`INSERT INTO image_prunes (tenant_id, project_id, prune_trigger)
          SELECT tenant_id, id, 'schedule' FROM projects WHERE retention IS NOT NULL
          ON CONFLICT (project_id) WHERE completed_at IS NULL DO NOTHING`.execute(tx);
        return idsOf(
          await tx
            .selectFrom('image_prunes')
            .select('id')
            .where('completed_at', 'is', null)
            .orderBy('id')
            .execute(),
        );
      }),
    pruneSome: (pruneId, registryFor, signal) => pruneSome(db, pruneId, registryFor, signal),
    overdue: (olderThanMs) =>
      transact(db, async (tx) =>
        idsOf(
          await tx
            .selectFrom('image_prunes')
            .select('id')
            .where('completed_at', 'is', null)
            .where('requested_at', '<', sql<Date>`clock_timestamp() - ${olderThanMs} * interval '1 ms'`)
            .orderBy('id')
            .execute(),
        ),
      ),
  };
}
