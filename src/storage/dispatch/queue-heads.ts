import { sql } from 'kysely';
import type { BuildNeeds } from '../../domain/dispatch/needs.js';
import type { QueueHead } from '../../domain/dispatch/order.js';
import type { Tx } from '../database.js';

interface HeadRow {
  id: string;
  tenant_id: string;
  project_id: string;
  build_method: string;
  needs: BuildNeeds;
  dispatch_at: Date;
  created_at: Date;
}

/**
 * The head of every (tenant, project, method) queue. Walks the queue's index from one name to the next, so the cost is that of
 * the number of queues, not of their lengths. Builds in a back-off are stepped over,
 * held ones are not in it.
 */
export async function readHeads(tx: Tx): Promise<QueueHead[]> {
  const { rows } = await sql<HeadRow>`
    WITH RECURSIVE queues AS (
      (SELECT tenant_id, project_id, build_method FROM builds
       WHERE status = 'queued' AND cancel_requested_at IS NULL AND held_at IS NULL
       ORDER BY tenant_id, project_id, build_method LIMIT 1)
      UNION ALL
      SELECT next.* FROM queues q CROSS JOIN LATERAL (
        SELECT b.tenant_id, b.project_id, b.build_method FROM builds b
        WHERE b.status = 'queued' AND b.cancel_requested_at IS NULL AND b.held_at IS NULL
          AND (b.tenant_id, b.project_id, b.build_method) > (q.tenant_id, q.project_id, q.build_method)
        ORDER BY b.tenant_id, b.project_id, b.build_method LIMIT 1
      ) next
    )
    SELECT head.* FROM queues q CROSS JOIN LATERAL (
      SELECT b.id, b.tenant_id, b.project_id, b.build_method, b.needs, b.dispatch_at, b.created_at FROM builds b
      WHERE b.status = 'queued' AND b.cancel_requested_at IS NULL AND b.held_at IS NULL
        AND (b.not_before IS NULL OR b.not_before <= clock_timestamp())
        AND b.tenant_id = q.tenant_id AND b.project_id = q.project_id AND b.build_method = q.build_method
      ORDER BY b.dispatch_at, b.id LIMIT 1
    ) head`.execute(tx);
  return rows.map(toHead);
}

/** The head of one queue now; null when the queue is empty. */
export async function readHead(
  tx: Tx,
  queue: Pick<QueueHead, 'tenantId' | 'projectId' | 'method'>,
): Promise<QueueHead | null> {
  const { rows } = await sql<HeadRow>`
    SELECT id, tenant_id, project_id, build_method, needs, dispatch_at, created_at FROM builds
    WHERE status = 'queued' AND cancel_requested_at IS NULL AND held_at IS NULL
      AND (not_before IS NULL OR not_before <= clock_timestamp())
      AND tenant_id = ${queue.tenantId} AND project_id = ${queue.projectId} AND build_method = ${queue.method}
    ORDER BY dispatch_at, id LIMIT 1`.execute(tx);
  const [row] = rows;
  return row === undefined ? null : toHead(row);
}

function toHead(row: HeadRow): QueueHead {
  return {
    buildId: row.id,
    tenantId: row.tenant_id,
    projectId: row.project_id,
    method: row.build_method,
    needs: row.needs,
    dispatchAtMs: row.dispatch_at.getTime(),
    createdAtMs: row.created_at.getTime(),
  };
}
