import { sql } from 'kysely';
import { secretArguments } from '../../domain/secrets/secret-arguments.js';
import type { HeldManifest } from '../../ports/sboms.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';

/**
 * The values that builds of a manifest were given in clear under names that say that they are secret. Of all builds of the tenant that have
 * made it, alone or as a platform of an index; of one in staging that of its build.
 */
export function createGivenSecrets(
  db: Database,
): (manifest: Pick<HeldManifest, 'digest' | 'owner'>) => Promise<string[]> {
  return async ({ digest, owner: { tenantId, buildId } }) => {
    const { rows } = await inTenant(db, tenantId, (tx) =>
      sql<{ build_args: unknown; environment: unknown }>`
        SELECT DISTINCT c.build_args, c.environment FROM build_configs c
        WHERE c.tenant_id = ${tenantId} AND (c.build_args IS NOT NULL OR c.environment IS NOT NULL)
          AND (c.build_id = ${buildId} OR c.build_id IN (
            SELECT b.id FROM images m LEFT JOIN image_platforms p ON p.image_id = m.id
            JOIN builds b ON b.image_id IN (m.id, p.index_image_id)
            WHERE m.tenant_id = ${tenantId} AND m.manifest_digest = ${digest}))`.execute(tx),
    );
    return [...new Set(rows.flatMap((row) => secretArguments({ ...row }).map(({ value }) => value)))];
  };
}
