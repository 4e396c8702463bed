import { sql } from 'kysely';
import { batchKey } from '../../domain/base-images/watch.js';
import type { RebuildState } from '../../domain/base-images/judge-move.js';
import type { Tx } from '../database.js';

/** A project of a move as its build says that it is. */
export interface RebuildRow {
  readonly moveId: string;
  readonly projectId: string;
  readonly project: string;
  readonly fromBuildId: string;
  readonly batchId: string | null;
  readonly buildId: string | null;
  /** False for a build that was accepted by who did not live to write it down. */
  readonly isNoted: boolean;
  readonly buildNumber: number | null;
  readonly reason: string | null;
  readonly isDue: boolean;
  readonly state: RebuildState;
  /** Its build and how that ended, for people. */
  readonly told: string;
  readonly isForgiven: boolean;
}

/** The projects of moves in their order. A project whose build is being accepted counts as running. */
export async function readRebuilds(tx: Tx, moveIds: readonly string[]): Promise<RebuildRow[]> {
  const { rows } = await sql<RebuildRow>`
    SELECT r.move_id AS "moveId", r.project_id AS "projectId", p.slug AS project, r.from_build_id AS "fromBuildId",
      r.batch_id AS "batchId", b.id AS "buildId", r.build_id IS NOT NULL AS "isNoted", b.build_number AS "buildNumber", r.reason,
      r.ask_at <= clock_timestamp() AS "isDue",
      CASE WHEN r.is_skipped THEN 'skipped' WHEN r.batch_id IS NULL OR (b.id IS NULL AND m.move_status = 'superseded') THEN 'waiting'
        WHEN b.status IN ('success', 'failed', 'cancelled') THEN b.status ELSE 'running' END AS state,
      p.slug || coalesce('#' || b.build_number, '') || CASE b.status
        WHEN 'failed' THEN ' failed' || coalesce(' at ' || o.failure_stage, '') || coalesce(' (' || o.failure_code || ')', '')
        WHEN 'cancelled' THEN ' was cancelled' ELSE '' END AS told,
      coalesce(b.completed_at <= m.resumed_at, false) AS "isForgiven"
    FROM base_image_rebuilds r
    JOIN base_image_moves m ON m.id = r.move_id
    JOIN projects p ON p.id = r.project_id
    LEFT JOIN idempotency_keys k ON r.build_id IS NULL AND k.tenant_id = r.tenant_id AND k.idempotency_key = ${batchKey('')} || r.batch_id
    LEFT JOIN builds b ON b.id = coalesce(r.build_id, k.build_id)
    LEFT JOIN build_results o ON o.build_id = b.id
    WHERE r.move_id = ANY(${[...moveIds]}::uuid[])
    ORDER BY r.move_id, r.position, r.project_id`.execute(tx);
  return rows;
}
