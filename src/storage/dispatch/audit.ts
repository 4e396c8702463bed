import { sql } from 'kysely';
import type { Audit } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { transact } from '../transact.js';

/** Builds as an audit compares them with their workflows. Needs the role kiln_controller. */
export function createAudit(db: Database): Audit {
  return {
    openBuilds: (olderThanMs, afterId, limit) =>
      transact(db, (tx) =>
        tx
          .selectFrom('builds as b')
          .innerJoin('projects as p', 'p.id', 'b.project_id')
          .select([
            'b.id as buildId',
            'b.tenant_id as tenantId',
            'b.project_id as projectId',
            'p.slug as project',
            'b.build_method as method',
            'b.build_number as buildNumber',
          ])
          .where('b.completed_at', 'is', null)
          .where('b.created_at', '<', sql<Date>`clock_timestamp() - ${olderThanMs} * interval '1 ms'`)
          .$if(afterId !== null, (query) => query.where('b.id', '>', afterId))
          .orderBy('b.id')
          .limit(limit)
          .execute(),
      ),
  };
}
