import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import type { WeightStore } from '../../ports/limits.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyPool } from '../notify.js';

/** Weights of tenants in the fair share, in the hands of an operator. Works under the role kiln_api. */
export function createWeightStore(db: Database): WeightStore {
  return {
    list: (operator) => asOperator(db, operator, list),
    set: (operator, tenant, weight) =>
      asOperator(db, operator, async (tx) => {
        const { rows } = await sql<{
          found: boolean;
        }>`SELECT set_tenant_weight(${tenant}, ${weight}::int) AS found`.execute(tx);
        if (rows[0]?.found !== true)
          throw new KilnError('not_found', { message: `There is no tenant "${tenant}".` });
        await notifyPool(tx);
        return list(tx);
      }),
  };
}

async function list(tx: Tx) {
  const { rows } = await sql<{
    tenant: string;
    weight: number;
  }>`SELECT tenant, weight FROM tenant_weights()`.execute(tx);
  return rows;
}

async function asOperator<T>(
  db: Database,
  { tenantId }: TenantContext,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return inTenant(db, tenantId, async (tx) => {
    await sql`SELECT set_config('kiln.operator', 'on', true)`.execute(tx);
    return work(tx);
  });
}
