import { sql } from 'kysely';
import type { Tx } from '../database.js';

/** A watched project, by an image that its newest success was made from. */
export interface Standing {
  readonly tenantId: string;
  readonly projectId: string;
  readonly project: string;
  readonly isCanary: boolean;
  readonly buildId: string;
  readonly buildNumber: number;
  readonly reference: string;
  readonly digest: string | null;
  readonly isBase: boolean;
}

/**
 * What watched projects stand on by tag, canaries first and then those that succeeded last: as the api, of its tenant; as the controller, of all
 * or of one. The success that was recorded last counts, for its tags were moved last, but for builds of strangers' code and those that `kiln rebuild` has made to compare. What the source
 * names by digest does not move.
 */
export async function standingProjects(tx: Tx, tenantId: string | null): Promise<Standing[]> {
  const { rows } = await sql<Standing>`
    SELECT p.tenant_id AS "tenantId", p.id AS "projectId", p.slug AS project,
      coalesce((p.base_image_watch->>'canary')::boolean, false) AS "isCanary",
      b.id AS "buildId", b.build_number AS "buildNumber", u.reference, u.digest, u.is_base AS "isBase"
    FROM projects p
    CROSS JOIN LATERAL (
      SELECT b.id, b.build_number, b.completed_at FROM builds b
      JOIN build_triggers t ON t.build_id = b.id
      JOIN build_configs c ON c.build_id = b.id
      WHERE b.project_id = p.id AND b.status = 'success' AND NOT c.without_secrets AND b.what_if IS NULL
        AND coalesce(t.trigger_source, '') NOT LIKE 'rebuild:%'
        AND (p.base_image_watch->>'branch' IS NULL OR b.branch = p.base_image_watch->>'branch')
      ORDER BY b.completed_at DESC, b.build_number DESC LIMIT 1) b
    JOIN build_base_images u ON u.build_id = b.id
    WHERE p.base_image_watch IS NOT NULL AND (${tenantId}::uuid IS NULL OR p.tenant_id = ${tenantId})
      AND NOT u.is_pinned AND u.reference ~ ':[^/]+$'
    ORDER BY p.tenant_id, "isCanary" DESC, b.completed_at DESC, p.id, u.position`.execute(tx);
  return rows;
}
