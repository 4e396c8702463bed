import { KilnError } from '../../domain/errors.js';
import type { LeaseHolder } from '../../ports/dispatch.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { toJson } from '../storable.js';
import { holdLease } from './hold-lease.js';

/** Records the registries that the source of an attempt names, once; the same again changes nothing, others are a conflict. */
export async function recordRegistries(
  db: Database,
  holder: LeaseHolder,
  fence: number,
  registries: readonly string[],
): Promise<void> {
  const wanted = [...new Set(registries)].sort();
  await inTenant(db, holder.tenantId, async (tx) => {
    await holdLease(tx, holder, fence);
    const result = await tx
      .updateTable('attempts')
      .set({ registries: toJson(wanted) })
      .where('build_id', '=', holder.buildId)
      .where('attempt', '=', holder.attempt)
      .where('registries', 'is', null)
      .executeTakeFirst();
    if (result.numUpdatedRows === 1n) return;
    const recorded = await recordedRegistries(tx, holder);
    if (JSON.stringify(recorded) === JSON.stringify(wanted)) return;
    throw new KilnError('conflict', { message: 'Other registries are recorded for this attempt.' });
  });
}

/** What is recorded for the attempt of the lease; empty until its supervisor has read the source. */
export async function recordedRegistries(
  tx: Tx,
  holder: Pick<LeaseHolder, 'buildId' | 'attempt'>,
): Promise<readonly string[]> {
  const { registries } = await tx
    .selectFrom('attempts')
    .select('registries')
    .where('build_id', '=', holder.buildId)
    .where('attempt', '=', holder.attempt)
    .executeTakeFirstOrThrow();
  return registries ?? [];
}
