import { sql } from 'kysely';
import type { HoldingBuild } from '../../domain/dispatch/limit-reached.js';
import type { Tx } from '../database.js';

/** A build that counts, or will count, for the limits of its tenant. */
export interface Holder extends HoldingBuild {
  readonly buildId: string;
  readonly tenantId: string;
  readonly projectId: string;
  readonly method: string;
}

/** Builds of a tenant that run, and with `withQueued` those that wait for a slot, the oldest first. */
export async function readHolders(
  tx: Tx,
  tenantId: string,
  { withQueued }: { readonly withQueued: boolean },
): Promise<Holder[]> {
  const { rows } = await sql<Holder>`
    SELECT b.id AS "buildId", b.tenant_id AS "tenantId", b.project_id AS "projectId", b.build_method AS method,
      p.slug || '#' || b.build_number AS name, open.runs
    FROM (
      SELECT l.build_id, true AS runs FROM leases l WHERE l.tenant_id = ${tenantId} AND l.state IN ('granted', 'active')
      UNION ALL
      SELECT q.id, false FROM builds q WHERE ${withQueued} AND q.tenant_id = ${tenantId}
        AND q.status = 'queued' AND q.cancel_requested_at IS NULL AND q.held_at IS NULL
    ) open
    JOIN builds b ON b.id = open.build_id JOIN projects p ON p.id = b.project_id
    ORDER BY open.runs DESC, b.created_at, b.id`.execute(tx);
  return rows;
}
