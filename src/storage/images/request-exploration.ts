import type { ImageExplorationsTable } from '../schema/explorations.js';
import type { Tx } from '../database.js';
import { isSbomLost } from '../sboms/note-lost.js';
import { type Selectable, sql } from 'kysely';

const NOW = sql<Date>`clock_timestamp()`;

/** What is known of the contents of a manifest. */
export type KnownContents = Pick<Selectable<ImageExplorationsTable>, 'state' | 'unpacked_size_bytes'> & {
  readonly packages_count: number | null;
  /** Whether its bill of materials is to be made again: it could not be made, or its bytes were lost. */
  readonly is_sbom_wanted: boolean;
};

/**
 * The exploration of a manifest, begun where there is none or where the last one could not fetch it. Its row is locked: whoever writes
 * what was found waits for this transaction, and finds the images that it makes.
 */
export async function requestExploration(
  tx: Tx,
  tenantId: string,
  manifestDigest: string,
): Promise<KnownContents> {
  await tx
    .insertInto('image_explorations')
    .values({ tenant_id: tenantId, manifest_digest: manifestDigest, state: 'pending', requested_at: NOW })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'manifest_digest']).doNothing())
    .execute();
  const known = await tx
    .selectFrom('image_explorations')
    .select([
      'state',
      'is_retryable',
      'unpacked_size_bytes',
      (eb) =>
        eb
          .selectFrom('image_package_lists as l')
          .select('l.packages_count')
          .whereRef('l.tenant_id', '=', 'image_explorations.tenant_id')
          .whereRef('l.manifest_digest', '=', 'image_explorations.manifest_digest')
          .as('packages_count'),
      sql<boolean>`EXISTS (SELECT FROM image_sboms s WHERE s.tenant_id = image_explorations.tenant_id
        AND s.manifest_digest = image_explorations.manifest_digest AND (s.failure_reason IS NOT NULL OR ${isSbomLost('s')}))`.as(
        'is_sbom_wanted',
      ),
    ])
    .where('tenant_id', '=', tenantId)
    .where('manifest_digest', '=', manifestDigest)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (!known.is_retryable) return known;
  await tx
    .updateTable('image_explorations')
    .set({ state: 'pending', failure_reason: null, is_retryable: false, requested_at: NOW, ended_at: null })
    .where('tenant_id', '=', tenantId)
    .where('manifest_digest', '=', manifestDigest)
    .execute();
  return { ...known, state: 'pending' };
}
