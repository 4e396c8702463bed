import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import type { Scheduling } from '../../domain/dispatch/worker.js';
import type { WorkerOwner, WorkerStore } from '../../ports/workers.js';
import type { Database, Tx } from '../database.js';
import { DISPATCH_DEFAULTS } from '../dispatch/options.js';
import { inTenant } from '../in-tenant.js';
import { lockPool } from '../locks.js';
import { notifyPool } from '../notify.js';
import { newToken } from '../token.js';
import { judgeRow } from './condition.js';
import { findWorker, toWorker, type WorkerRow, workersIn } from './read-worker.js';
import { readWorkerPage } from './read-worker-page.js';

/** Workers as people see and change them. Works under the role kiln_api. */
export function createWorkerStore(
  db: Database,
  { workerSilenceMs: silenceMs }: { readonly workerSilenceMs: number } = DISPATCH_DEFAULTS,
): WorkerStore {
  return {
    list: (tenant) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const rows = await workersIn(tx).orderBy('worker_name').execute();
        return rows.map((row) => toWorker(row, silenceMs));
      }),
    get: (tenant, name) => inTenant(db, tenant.tenantId, (tx) => readWorkerPage(tx, name, silenceMs)),
    add: (owner, worker) => asOwner(db, owner, (tx) => add(tx, owner, worker, silenceMs)),
    schedule: (owner, name, scheduling) =>
      asOwner(db, owner, (tx) => schedule(tx, owner, name, scheduling, silenceMs)),
    remove: (owner, name, options) => asOwner(db, owner, (tx) => remove(tx, owner, name, options.force)),
  };
}

/** A transaction of the tenant that may change shared workers if the owner may. */
async function asOwner<T>(db: Database, owner: WorkerOwner, work: (tx: Tx) => Promise<T>): Promise<T> {
  return inTenant(db, owner.tenantId, async (tx) => {
    await sql`SELECT set_config('kiln.operator', ${owner.isOperator ? 'on' : 'off'}, true)`.execute(tx);
    return work(tx);
  });
}

async function add(
  tx: Tx,
  owner: WorkerOwner,
  { name, isShared }: Parameters<WorkerStore['add']>[1],
  silenceMs: number,
): ReturnType<WorkerStore['add']> {
  if (isShared) refuseShared(owner, name);
  const { token, sha256 } = newToken('worker');
  const tenantId = isShared ? null : owner.tenantId;
  const added = await tx
    .insertInto('build_workers')
    .values({ worker_name: name, worker_type: 'local', tenant_id: tenantId, concurrent_builds_limit: 1 })
    .onConflict((conflict) => conflict.column('worker_name').where('removed_at', 'is', null).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (added === undefined) {
    throw new KilnError('worker_name_taken', {
      message: `There is a worker "${name}" already.`,
      fields: [{ field: 'name', message: 'is taken' }],
    });
  }
  await tx.insertInto('worker_tokens').values({ worker_id: added.id, token_sha256: sha256 }).execute();
  return { worker: toWorker(await findWorker(tx, name), silenceMs), token };
}

/** The pool's lock keeps a grant from being made by what was read before. */
async function schedule(
  tx: Tx,
  owner: WorkerOwner,
  name: string,
  scheduling: Scheduling,
  silenceMs: number,
): ReturnType<WorkerStore['schedule']> {
  await lockPool(tx);
  const before = await findOwn(tx, owner, name);
  const freed = scheduling === 'open' ? { quarantined_until: null, quarantine_reason: null } : {};
  const { status } = judgeRow({ ...before, ...freed }, before.now, silenceMs);
  await tx
    .updateTable('build_workers')
    .set({
      scheduling,
      ...freed,
      ...(scheduling === 'open' && { losses_count_from: sql<Date>`clock_timestamp()` }),
      ...(before.status === 'degraded' && { status }),
    })
    .where('id', '=', before.id)
    .execute();
  await notifyPool(tx);
  return toWorker(await findWorker(tx, name), silenceMs);
}

async function remove(tx: Tx, owner: WorkerOwner, name: string, force: boolean): Promise<void> {
  await lockPool(tx);
  const { id, current_builds_count: running } = await findOwn(tx, owner, name);
  if (running > 0 && !force) {
    throw new KilnError('worker_has_builds', {
      message: `${running} ${running === 1 ? 'build runs' : 'builds run'} on the worker ${name}.`,
    });
  }
  await tx
    .updateTable('worker_tokens')
    .set({ revoked_at: sql<Date>`clock_timestamp()` })
    .where('worker_id', '=', id)
    .where('revoked_at', 'is', null)
    .execute();
  await tx
    .updateTable('build_workers')
    .set({ status: 'offline', removed_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id)
    .execute();
  await notifyPool(tx);
}

async function findOwn(tx: Tx, owner: WorkerOwner, name: string): Promise<WorkerRow> {
  const row = await findWorker(tx, name);
  if (row.tenant_id === null) refuseShared(owner, name);
  return row;
}

function refuseShared(owner: WorkerOwner, name: string): void {
  if (owner.isOperator) return;
  throw new KilnError('forbidden', {
    message: `The worker ${name} is for all tenants: those that KILN_OPERATOR_TENANTS of the api names may change it.`,
  });
}
