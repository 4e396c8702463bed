import { sql } from 'kysely';
import { stagingRepository } from '../../domain/builds/staging.js';
import type { Owner, StagingTags } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { transact } from '../transact.js';

/** So long after its last build a project's staging is looked through no more. */
const RECENT = '2 days';
/** Of each project; a project moves to another repository rarely. */
const NEWEST = 50;

/** Staging repositories as a sweep looks through them. Needs the role kiln_controller. */
export function createStagingTags(db: Database): StagingTags {
  return {
    repositories: () =>
      transact(db, async (tx) => {
        const { rows } = await sql<Owner & { image_repository: string }>`
          SELECT DISTINCT p.tenant_id AS "tenantId", p.id AS "projectId", b.image_repository FROM projects p
          CROSS JOIN LATERAL (SELECT image_repository, cleanup_at FROM builds WHERE project_id = p.id
            ORDER BY created_at DESC, id DESC LIMIT ${NEWEST}) b
          WHERE b.cleanup_at > clock_timestamp() - ${RECENT}::interval`.execute(tx);
        return rows.map(({ image_repository: repository, ...owner }) => ({
          ...owner,
          repository: stagingRepository(repository),
        }));
      }),
    cleanedBuilds: (buildIds, forMs) =>
      transact(db, async (tx) => {
        if (buildIds.length === 0) return [];
        const rows = await tx
          .selectFrom('builds')
          .select('id')
          .where('id', 'in', buildIds)
          .where('cleanup_at', '<', sql<Date>`clock_timestamp() - ${forMs} * interval '1 ms'`)
          .execute();
        return rows.map(({ id }) => id);
      }),
  };
}
