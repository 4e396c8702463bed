import { type RawBuilder, sql } from 'kysely';
import type { BuildNeeds } from '../../domain/dispatch/needs.js';
import type { QueueHead } from '../../domain/dispatch/order.js';
import type { Tx } from '../database.js';
import { toJson } from '../storable.js';

interface HeadRow {
  id: string;
  tenant_id: string;
  project_id: string;
  build_method: string;
  needs: BuildNeeds;
  dispatch_at: Date;
  created_at: Date;
  is_ready: boolean;
}

/** Of builds that wait for a slot, in the order of the queue's index, whose condition has to be repeated to be allowed to use it. */
const WAITING = sql`b.status = 'queued' AND b.cancel_requested_at IS NULL AND b.held_at IS NULL`;
const IS_READY = sql`(b.not_before IS NULL OR b.not_before <= clock_timestamp())`;
const COLUMNS = sql`b.id, b.tenant_id, b.project_id, b.build_method, b.needs, b.dispatch_at, b.created_at`;
/*
 * All columns of the index, and no equation: a planner without statistics of a queue that has just grown takes another index for
 * those, and reads and sorts every build of the tenant.
 */
const IN_ORDER = sql`ORDER BY b.tenant_id, b.project_id, b.build_method, b.needs, b.dispatch_at, b.id LIMIT 1`;

/** First builds of every (tenant, project, method, needs) queue, from one name to the next. */
export const FIRST_OF_QUEUES: RawBuilder<HeadRow> = sql<HeadRow>`
  WITH RECURSIVE heads AS (
    (SELECT ${COLUMNS}, ${IS_READY} AS is_ready FROM builds b WHERE ${WAITING} ${IN_ORDER})
    UNION ALL
    SELECT next.* FROM heads q CROSS JOIN LATERAL (
      SELECT ${COLUMNS}, ${IS_READY} AS is_ready FROM builds b
      WHERE ${WAITING}
        AND (b.tenant_id, b.project_id, b.build_method, b.needs) > (q.tenant_id, q.project_id, q.build_method, q.needs)
      ${IN_ORDER}
    ) next
  )
  SELECT * FROM heads`;

/**
 * The head of every (tenant, project, method, needs) queue, so that a head that waits for a certain host hides no other. The cost is that
 * of the number of queues, not of their lengths. Builds in a back-off are stepped over, held ones are not in it.
 */
export async function readHeads(tx: Tx): Promise<QueueHead[]> {
  const { rows } = await FIRST_OF_QUEUES.execute(tx);
  const heads: QueueHead[] = [];
  for (const row of rows) {
    const head = row.is_ready ? toHead(row) : await readHead(tx, toHead(row));
    if (head !== null) heads.push(head);
  }
  return heads;
}

/** The head of one queue now; null when nothing in it may be tried. */
export async function readHead(
  tx: Tx,
  { tenantId, projectId, method, needs }: Pick<QueueHead, 'tenantId' | 'projectId' | 'method' | 'needs'>,
): Promise<QueueHead | null> {
  const name = sql`(${tenantId}::uuid, ${projectId}::uuid, ${method}::text, ${toJson(needs)}::jsonb)`;
  const { rows } = await sql<HeadRow>`
    SELECT * FROM (
      SELECT ${COLUMNS}, true AS is_ready FROM builds b
      WHERE ${WAITING} AND ${IS_READY} AND (b.tenant_id, b.project_id, b.build_method, b.needs) >= ${name}
      ${IN_ORDER}
    ) head WHERE (tenant_id, project_id, build_method, needs) = ${name}`.execute(tx);
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
