import { chooseWorker, type WorkerOffer } from '../../domain/dispatch/choose-worker.js';
import { LEAST_CHARGE_MS, usedNow } from '../../domain/dispatch/fair-share.js';
import { blockingLimit } from '../../domain/dispatch/limits.js';
import { orderHeads, type QueueHead } from '../../domain/dispatch/order.js';
import { sql } from 'kysely';
import type { Database, Tx } from '../database.js';
import { lockPool } from '../locks.js';
import { transact } from '../transact.js';
import { grantLease } from './grant-lease.js';
import type { DispatchOptions } from './options.js';
import { type PoolState, readPool } from './pool-state.js';
import { readHead, readHeads } from './queue-heads.js';

/** Grants whatever can be granted now, in one transaction. Returns how many. */
export async function grantNext(db: Database, options: DispatchOptions): Promise<number> {
  return transact(db, async (tx) => {
    await lockPool(tx);
    return grantAll(tx, options);
  });
}

/** `grantNext` under a pool lock that is held already; `askedBy` is the build whose workflow waits for the answer. */
export async function grantAll(
  tx: Tx,
  options: DispatchOptions,
  askedBy: string | null = null,
): Promise<number> {
  let pool = await readPool(tx, options.workerSilenceMs);
  if (pool.workers.length === 0) return 0;
  let heads = await readHeads(tx);
  heads = orderHeads(heads, loadsOf(heads, pool));
  let granted = 0;
  while (pool.workers.length > 0) {
    const head = heads.shift();
    if (head === undefined) break;
    if (blockingLimit(head, pool.policyOf(head.tenantId), pool.running) !== null) continue;
    const { tried, last } = await knownHosts(tx, head);
    const worker = chooseWorker(head, pool.workers, tried, last);
    if (worker === null) continue;
    const { buildId } = head;
    const grant = { buildId, workerId: worker.workerId, asked: buildId === askedBy };
    if (await grantLease(tx, grant, options)) {
      granted += 1;
      pool = withGrant(pool, head, worker);
    }
    const next = pool.workers.length === 0 ? null : await readHead(tx, head);
    if (next !== null) heads.push(next);
    heads = orderHeads(heads, loadsOf(heads, pool));
  }
  return granted;
}

/** The pool after a grant; under its lock nobody else takes a slot. */
function withGrant(pool: PoolState, head: QueueHead, worker: WorkerOffer): PoolState {
  const { tenantId, projectId, method } = head;
  return {
    ...pool,
    running: [...pool.running, { tenantId, projectId, method, count: 1, chargedMs: LEAST_CHARGE_MS }],
    workers: pool.workers
      .map((other) => (other === worker ? { ...other, freeSlots: other.freeSlots - 1 } : other))
      .filter((other) => other.freeSlots > 0),
  };
}

/** Slot time that the tenants of the heads have used lately, over their weights. */
function loadsOf(heads: readonly QueueHead[], pool: PoolState): Map<string, number> {
  const loads = new Map<string, number>();
  for (const { tenantId } of heads) {
    const used = pool.used.get(tenantId);
    loads.set(tenantId, used === undefined ? 0 : usedNow(used, pool.nowMs));
  }
  for (const { tenantId, chargedMs } of pool.running) {
    const load = loads.get(tenantId);
    if (load !== undefined) loads.set(tenantId, load + chargedMs);
  }
  for (const [tenantId, load] of loads) loads.set(tenantId, load / pool.policyOf(tenantId).weight);
  return loads;
}

/** Hosts that the build has tried, and the one that built its project last. */
async function knownHosts(
  tx: Tx,
  { buildId, projectId, method }: Pick<QueueHead, 'buildId' | 'projectId' | 'method'>,
): Promise<{ tried: ReadonlySet<string>; last: string | null }> {
  const { rows } = await sql<{ tried: string[] | null; last: string | null }>`
    SELECT (SELECT array_agg(worker_id) FROM attempts WHERE build_id = ${buildId}) AS tried,
      (SELECT worker_id FROM leases
       WHERE project_id = ${projectId} AND build_method = ${method} AND coalesce(ended_reason, 'released') = 'released'
       ORDER BY granted_at DESC LIMIT 1) AS last`.execute(tx);
  const [row] = rows;
  return { tried: new Set(row?.tried ?? []), last: row?.last ?? null };
}
