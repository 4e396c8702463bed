import { sql } from 'kysely';
import type { Pruner } from '../../ports/retention.js';
import type { Database } from '../database.js';
import { transact } from '../transact.js';
import { openPrunes } from './open-prunes.js';
import { pruneSome } from './prune-some.js';

/** The controller's side of retention. Needs the role kiln_controller. */
export function createPruner(db: Database): Pruner {
  return {
    openAll: () =>
      transact(db, async (tx) => {
        await sql`INSERT INTO image_prunes (tenant_id, project_id, prune_trigger)
          SELECT tenant_id, id, 'schedule' FROM projects WHERE retention IS NOT NULL
          ON CONFLICT (project_id) WHERE completed_at IS NULL DO NOTHING`.execute(tx);
        return openPrunes(tx, 'image_prunes');
      }),
    pruneSome: (pruneId, registryFor, signal) => pruneSome(db, pruneId, registryFor, signal),
    overdue: (olderThanMs) => transact(db, (tx) => openPrunes(tx, 'image_prunes', olderThanMs)),
  };
}
