import { sql } from 'kysely';
import type { Audit } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { transact } from '../transact.js';

/** Builds as an audit compares them with their workflows and looks after what they left. Needs the role kiln_controller. */
export function createAudit(db: Database): Audit {
  return {
    openBuilds: (olderThanMs, afterId, limit) =>
      transact(db, (tx) =>
        tx
          .selectFrom('builds as b')
          .innerJoin('projects as p', 'p.id', 'b.project_id')
          .innerJoin('build_results as r', 'r.build_id', 'b.id')
          .select([
            'b.id as buildId',
            'b.tenant_id as tenantId',
            'b.project_id as projectId',
            'p.slug as project',
            'b.build_method as method',
            'b.build_number as buildNumber',
            'r.original_build_id as firstBuildId',
          ])
          .where('b.completed_at', 'is', null)
          .where('b.created_at', '<', sql<Date>`clock_timestamp() - ${olderThanMs} * interval '1 ms'`)
          .$if(afterId !== null, (query) => query.where('b.id', '>', afterId))
          .orderBy('b.id')
          .limit(limit)
          .execute(),
      ),
    uncleanBuilds: ({ olderThanMs, giveUpMs }, afterId, limit) =>
      transact(db, async (tx) => {
        const ago = (ms: number) => sql<Date>`clock_timestamp() - ${ms} * interval '1 ms'`;
        const rows = await tx
          .selectFrom('build_results as r')
          .innerJoin('builds as b', 'b.id', 'r.build_id')
          .select('r.build_id')
          .where('r.cleanup_status', '<>', 'completed')
          .where('b.completed_at', '<', ago(olderThanMs))
          .where(({ eb, or }) =>
            or([
              eb('r.cleanup_status', '=', 'pending'),
              eb(sql<Date>`coalesce(b.staging_kept_until, b.completed_at)`, '>', ago(giveUpMs)),
            ]),
          )
          .where(({ eb, or }) =>
            or([
              eb('b.staging_kept_until', 'is', null),
              eb('b.staging_kept_until', '<=', ago(0)),
              eb('r.cleanup_status', '=', 'failed'),
            ]),
          )
          .$if(afterId !== null, (query) => query.where('r.build_id', '>', afterId))
          .orderBy('r.build_id')
          .limit(limit)
          .execute();
        return rows.map((row) => row.build_id);
      }),
  };
}
