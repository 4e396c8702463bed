import type { BuildMethod } from '../../domain/builds/method.js';
import { NETWORKS_LABEL } from '../../domain/dispatch/needs.js';
import type { Tx } from '../database.js';

/**
 * What a build host of the transaction's tenant, or one for all, has said that it offers, be it online now or not. Null where no host has
 * said anything yet: nothing is known against any method then.
 */
export async function methodsOffered(tx: Tx, tenantId: string): Promise<BuildMethod[] | null> {
  const told = (await hostsOf(tx, tenantId)).flatMap(({ methods }) => methods);
  return told.length === 0 ? null : [...new Set(told)].sort();
}

/** The networks for steps that such hosts give which offer the method; null as `methodsOffered`. */
export async function networksOffered(
  tx: Tx,
  tenantId: string,
  method: BuildMethod,
): Promise<string[] | null> {
  const hosts = (await hostsOf(tx, tenantId)).filter(({ methods }) => methods.includes(method));
  if (hosts.length === 0) return null;
  return [...new Set(hosts.flatMap(({ labels }) => (labels[NETWORKS_LABEL] ?? '').split(',')))].sort();
}

/** The hosts that builds of the tenant may go to. */
export async function hostsOf(tx: Tx, tenantId: string) {
  return tx
    .selectFrom('build_workers')
    .select(['methods', 'labels', 'status'])
    .where('removed_at', 'is', null)
    .where((eb) => eb.or([eb('tenant_id', 'is', null), eb('tenant_id', '=', tenantId)]))
    .execute();
}
