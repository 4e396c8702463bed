import { sql } from 'kysely';
import { isUuid } from '../../domain/ids.js';
import type { Audit } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { lockPool } from '../locks.js';
import { transact } from '../transact.js';
import { VALID_STATES } from './valid-leases.js';

const ago = (ms: number) => sql<Date>`clock_timestamp() - ${ms} * interval '1 ms'`;
const leasesOfWorker = sql<number>`(
  SELECT count(*) FROM leases l WHERE l.worker_id = w.id AND l.state IN (${sql.join(VALID_STATES)}))`;

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
          .where('b.created_at', '<', ago(olderThanMs))
          .$if(afterId !== null, (query) => query.where('b.id', '>', afterId))
          .orderBy('b.id')
          .limit(limit)
          .execute(),
      ),
    uncleanBuilds: ({ olderThanMs, giveUpMs }, afterId, limit) =>
      transact(db, async (tx) => {
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
    withoutRow: (buildIds, olderThanMs) =>
      transact(db, async (tx) => {
        const wanted = buildIds.filter(isUuid);
        const { rows } = await sql<{ id: string; isEnded: boolean }>`
          SELECT id, coalesce(completed_at < ${ago(olderThanMs)}, false) AS "isEnded" FROM builds
          WHERE id = ANY(${wanted}::uuid[])`.execute(tx);
        const known = new Set(rows.map(({ id }) => id));
        return {
          ended: rows.flatMap(({ id, isEnded }) => (isEnded ? [id] : [])),
          unknown: buildIds.filter((id) => !known.has(id)),
        };
      }),
    ownerlessLeases: (olderThanMs, limit) =>
      transact(db, (tx) =>
        tx
          .selectFrom('leases as l')
          .innerJoin('builds as b', 'b.id', 'l.build_id')
          .select(['l.build_id as buildId', 'l.attempt', 'l.id as leaseId', 'l.fence'])
          .where('l.state', 'in', VALID_STATES)
          .where('b.completed_at', '<', ago(olderThanMs))
          .limit(limit)
          .execute(),
      ),
    recountSlots: () =>
      transact(db, async (tx) => {
        await lockPool(tx);
        const rows = await tx
          .updateTable('build_workers as w')
          .set({ current_builds_count: leasesOfWorker })
          .where('w.current_builds_count', '<>', leasesOfWorker)
          // More leases than slots are refused by the row; those end by themselves.
          .where(
            leasesOfWorker,
            '<=',
            sql<number>`greatest(w.current_builds_count, w.concurrent_builds_limit)`,
          )
          .returning('w.worker_name')
          .execute();
        return rows.map((row) => row.worker_name);
      }),
  };
}
