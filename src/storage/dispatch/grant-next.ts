import { chooseWorker, type WorkerOffer } from '../../domain/dispatch/choose-worker.js';
import { blockingLimit, total } from '../../domain/dispatch/limits.js';
import { orderHeads, type QueueHead, type TenantShare } from '../../domain/dispatch/order.js';
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
  let granted = 0;
  while (heads.length > 0 && pool.workers.length > 0) {
    const [head] = orderHeads(heads, sharesOf(heads, pool));
    if (head === undefined) break;
    heads = heads.filter((other) => other !== head);
    if (blockingLimit(head, pool.policyOf(head.tenantId), pool.running) !== null) continue;
    const worker = chooseWorker(head, pool.workers, await triedWorkers(tx, head.buildId));
    if (worker === null) continue;
    const { buildId } = head;
    const grant = { buildId, workerId: worker.workerId, asked: buildId === askedBy };
    if (await grantLease(tx, grant, options)) {
      granted += 1;
      pool = withGrant(pool, head, worker);
    }
    const next = await readHead(tx, head);
    if (next !== null) heads.push(next);
  }
  return granted;
}

/** The pool after a grant; under its lock nobody else takes a slot. */
function withGrant(pool: PoolState, head: QueueHead, worker: WorkerOffer): PoolState {
  const { tenantId, projectId, method } = head;
  return {
    ...pool,
    running: [...pool.running, { tenantId, projectId, method, count: 1 }],
    workers: pool.workers
      .map((other) => (other === worker ? { ...other, freeSlots: other.freeSlots - 1 } : other))
      .filter((other) => other.freeSlots > 0),
  };
}

function sharesOf(heads: readonly QueueHead[], pool: PoolState): Map<string, TenantShare> {
  return new Map(
    heads.map(({ tenantId }) => [
      tenantId,
      {
        running: total(pool.running.filter((row) => row.tenantId === tenantId)),
        weight: pool.policyOf(tenantId).weight,
      },
    ]),
  );
}

async function triedWorkers(tx: Tx, buildId: string): Promise<Set<string>> {
  const rows = await tx.selectFrom('attempts').select('worker_id').where('build_id', '=', buildId).execute();
  return new Set(rows.map((row) => row.worker_id));
}
