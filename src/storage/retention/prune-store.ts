import { KilnError } from '../../domain/errors.js';
import { parseId } from '../../domain/ids.js';
import type { Selectable } from 'kysely';
import type { Prune } from '../../contracts/retention.js';
import type { PruneStore } from '../../ports/retention.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import type { ImagePrunesTable } from '../schema/retention.js';
import { isoOrNull } from '../times.js';
import { requestPrune } from './open-prunes.js';
import { previewPrune, requirePolicy } from './preview.js';
import { readLayers } from './read-layers.js';

/** The api's side of retention. Works under the role kiln_api. */
export function createPruneStore(db: Database): PruneStore {
  return {
    preview: (tenant, projectId) => previewPrune(db, tenant, projectId),
    layers: (tenant, imageIds) => readLayers(db, tenant, imageIds),
    request: (tenant, projectId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        await requirePolicy(tx, projectId);
        return toPrune(await requestPrune(tx, 'image_prunes', tenant, projectId));
      }),
    get: (tenant, pruneId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const row = await tx
          .selectFrom('image_prunes')
          .selectAll()
          .where('id', '=', parseId(pruneId))
          .executeTakeFirst();
        if (row === undefined) throw new KilnError('not_found', { message: 'There is no such prune.' });
        return toPrune(row);
      }),
  };
}

function toPrune(row: Selectable<ImagePrunesTable>): Prune {
  return {
    id: row.id,
    project_id: row.project_id,
    prune_trigger: row.prune_trigger,
    requested_at: row.requested_at.toISOString(),
    completed_at: isoOrNull(row.completed_at),
    removed: row.removed,
    kept: row.kept,
    troubles: row.troubles,
  };
}
