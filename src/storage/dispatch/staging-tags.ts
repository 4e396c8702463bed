import { sql } from 'kysely';
import { stagingRepository } from '../../domain/builds/staging.js';
import type { StagingTags } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { transact } from '../transact.js';

/** So long after its last build a project's staging is looked through no more. */
const RECENT = '2 days';

/** Staging repositories as a sweep looks through them. Needs the role kiln_controller. */
export function createStagingTags(db: Database): StagingTags {
  return {
    repositories: () =>
      transact(db, async (tx) => {
        const rows = await tx
          .selectFrom('builds')
          .select(['tenant_id as tenantId', 'project_id as projectId', 'image_repository'])
          .distinct()
          .where('cleanup_at', '>', sql<Date>`clock_timestamp() - ${RECENT}::interval`)
          .execute();
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
