import type { WorkerType } from '../../domain/dispatch/worker.js';
import type { Database, Tx } from '../database.js';
import { hashToken, newToken } from '../token.js';
import { transact } from '../transact.js';

export interface NewWorker {
  readonly name: string;
  readonly slots: number;
  readonly type?: WorkerType;
  /** Null or absent: shared by all tenants. */
  readonly tenantId?: string | null;
  /** A token that the caller made and keeps; made here when absent. */
  readonly token?: string;
}

export interface AddedWorker {
  readonly workerId: string;
  /** In clear only when this call made it; stored as SHA-256. */
  readonly token: string | null;
}

/** Registers a build host by name with a token. Offline until its first heartbeat. Repeating gives the same worker and no new token. */
export async function addWorker(db: Database, worker: NewWorker): Promise<AddedWorker> {
  return transact(db, (tx) => addWorkerIn(tx, worker));
}

/** `addWorker` inside a transaction that is open already. */
export async function addWorkerIn(tx: Tx, worker: NewWorker): Promise<AddedWorker> {
  await tx
    .insertInto('build_workers')
    .values({
      worker_name: worker.name,
      worker_type: worker.type ?? 'local',
      tenant_id: worker.tenantId ?? null,
      concurrent_builds_limit: worker.slots,
    })
    .onConflict((conflict) => conflict.column('worker_name').where('removed_at', 'is', null).doNothing())
    .execute();
  const { id: workerId } = await tx
    .selectFrom('build_workers')
    .select('id')
    .where('worker_name', '=', worker.name)
    .where('removed_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  if (worker.token !== undefined) {
    await insertToken(tx, workerId, hashToken(worker.token));
    return { workerId, token: null };
  }
  const existing = await tx
    .selectFrom('worker_tokens')
    .select('id')
    .where('worker_id', '=', workerId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  if (existing !== undefined) return { workerId, token: null };
  const { token, sha256 } = newToken('worker');
  await insertToken(tx, workerId, sha256);
  return { workerId, token };
}

/** A token of a worker that was removed is one again: who holds the database's password has given it anew. */
async function insertToken(tx: Tx, workerId: string, sha256: Buffer): Promise<void> {
  await tx
    .insertInto('worker_tokens')
    .values({ worker_id: workerId, token_sha256: sha256 })
    .onConflict((conflict) =>
      conflict
        .column('token_sha256')
        .doUpdateSet({ worker_id: workerId, revoked_at: null })
        .where('worker_tokens.revoked_at', 'is not', null),
    )
    .execute();
}
