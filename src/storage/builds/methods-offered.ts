import type { BuildMethod } from '../../domain/builds/method.js';
import type { Tx } from '../database.js';

/**
 * What a build host of the transaction's tenant, or one for all, has said that it offers, be it online now or not. Null where no host has
 * said anything yet: nothing is known against any method then.
 */
export async function methodsOffered(tx: Tx, tenantId: string): Promise<BuildMethod[] | null> {
  const hosts = await tx
    .selectFrom('build_workers')
    .select('methods')
    .where((eb) => eb.or([eb('tenant_id', 'is', null), eb('tenant_id', '=', tenantId)]))
    .execute();
  const told = hosts.flatMap(({ methods }) => methods);
  return told.length === 0 ? null : [...new Set(told)].sort();
}
