import { sql } from 'kysely';
import { PRIORITY_LIMIT, PRIORITY_POINT_MS } from '../../domain/dispatch/order.js';
import {
  QUEUE_DEFAULTS,
  QUEUE_SETTING_NAMES,
  type QueueChange,
  type QueueSettings,
} from '../../domain/dispatch/queue-settings.js';
import type { Tx } from '../database.js';
import { lockPool } from '../locks.js';
import { notifyPool } from '../notify.js';

/** How the queue of the transaction's tenant works. */
export async function readQueueSettings(tx: Tx): Promise<QueueSettings> {
  const row = await tx
    .selectFrom('build_concurrency_policies')
    .select([...QUEUE_SETTING_NAMES, 'weight'])
    .executeTakeFirst();
  return { ...QUEUE_DEFAULTS, ...row };
}

/** Changes it, and rings the dispatcher: what a raised limit lets through is granted at once. Leases that are given stay. */
export async function writeQueueSettings(tx: Tx, tenantId: string, change: QueueChange): Promise<void> {
  const values = Object.fromEntries(
    QUEUE_SETTING_NAMES.filter((name) => change[name] !== undefined).map((name) => [
      name,
      change[name] ?? QUEUE_DEFAULTS[name],
    ]),
  ) as Partial<Omit<QueueSettings, 'weight'>>;
  if (Object.keys(values).length === 0) return;
  await tx
    .insertInto('build_concurrency_policies')
    .values({ tenant_id: tenantId, ...values })
    .onConflict((conflict) =>
      conflict.column('tenant_id').doUpdateSet({ ...values, updated_at: sql<Date>`clock_timestamp()` }),
    )
    .execute();
  if (values.priority_dispatch_enabled !== undefined) await lineUpAgain(tx, values.priority_dispatch_enabled);
  await notifyPool(tx);
}

/** Builds that wait go into the order that `dispatchAtMs` gives them now. Grants wait meanwhile, so that neither waits for the other. */
async function lineUpAgain(tx: Tx, countsPriority: boolean): Promise<void> {
  await lockPool(tx);
  const points = sql`greatest(${-PRIORITY_LIMIT}::int, least(${PRIORITY_LIMIT}::int, priority))`;
  await sql`
    UPDATE builds SET dispatch_at = created_at - ${countsPriority ? points : sql`0`} * ${PRIORITY_POINT_MS} * interval '1 ms'
    WHERE status = 'queued' AND priority <> 0`.execute(tx);
}
