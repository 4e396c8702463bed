import type { Sealer } from '../../ports/secrets.js';
import type { Owner } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { credentialBelongsTo, sealedOf, secretBelongsTo } from './belongs-to.js';

/**
 * The values of all secrets and credentials that builds of a project can use, as text, so that what Kiln publishes can be searched for
 * them. One that cannot be opened any more is left out.
 */
export function createHiddenValues(db: Database, sealer: Sealer): (owner: Owner) => Promise<string[]> {
  return async ({ tenantId, projectId }) => {
    const rows = await inTenant(db, tenantId, async (tx) => ({
      secrets: await tx
        .selectFrom('secrets')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where((eb) => eb.or([eb('project_id', 'is', null), eb('project_id', '=', projectId)]))
        .execute(),
      credentials: await tx
        .selectFrom('credentials')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where((eb) => eb.or([eb('project_id', 'is', null), eb('project_id', '=', projectId)]))
        .execute(),
    }));
    const sealed = [
      ...rows.secrets.map((row) => ({ row, belongsTo: secretBelongsTo(row) })),
      ...rows.credentials.map((row) => ({ row, belongsTo: credentialBelongsTo(row) })),
    ];
    const opened = await Promise.allSettled(
      sealed.map(({ row, belongsTo }) => sealer.open(sealedOf(row), belongsTo)),
    );
    return opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value.toString('utf8').trim()] : []));
  };
}
