import type { BuildMethod } from '../../domain/builds/method.js';
import type { Tx } from '../database.js';

/**
 * Whether a build host of the transaction's tenant, or one for all, has said that it offers the method, be it online now or not. Where no
 * host has said anything yet, nothing is known against it.
 */
export async function isMethodOffered(tx: Tx, tenantId: string, method: BuildMethod): Promise<boolean> {
  const hosts = await tx
    .selectFrom('build_workers')
    .select('methods')
    .where((eb) => eb.or([eb('tenant_id', 'is', null), eb('tenant_id', '=', tenantId)]))
    .execute();
  const told = hosts.filter(({ methods }) => methods.length > 0);
  return told.length === 0 || told.some(({ methods }) => methods.includes(method));
}
