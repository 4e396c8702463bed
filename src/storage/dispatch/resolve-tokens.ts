import { sql } from 'kysely';
import type { LeaseHolder } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { asStorageError } from '../errors.js';
import { hashToken } from '../token.js';

function rethrow(error: unknown): never {
  throw asStorageError(error);
}

/** The worker of a token; null when it is unknown or revoked. */
export async function resolveWorker(
  db: Database,
  token: string,
): Promise<{ workerId: string; workerName: string } | null> {
  const { rows } = await sql<{ workerId: string; workerName: string }>`
    SELECT worker_id AS "workerId", worker_name AS "workerName" FROM resolve_worker_token(${hashToken(token)})`
    .execute(db)
    .catch(rethrow);
  return rows[0] ?? null;
}

/** The lease of a token, valid or not; null when it is unknown or was replaced. */
export async function resolveLease(db: Database, token: string): Promise<LeaseHolder | null> {
  const { rows } = await sql<LeaseHolder>`
    SELECT lease_id AS "leaseId", tenant_id AS "tenantId", build_id AS "buildId", attempt, fence
    FROM resolve_lease_token(${hashToken(token)})`
    .execute(db)
    .catch(rethrow);
  return rows[0] ?? null;
}
