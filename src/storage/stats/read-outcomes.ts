import { sql } from 'kysely';
import type { OutcomeKind } from '../../domain/stats/performance.js';
import type { LookedAt, Outcomes, StatsQuery } from '../../ports/stats.js';
import type { Tx } from '../database.js';
import { countNewest, newestBuilds } from './newest-builds.js';

const NAMES = {
  branch: { name: sql`b.branch`, from: sql`` },
  method: { name: sql`b.build_method`, from: sql`` },
  worker: {
    name: sql`w.worker_name`,
    from: sql`JOIN LATERAL (SELECT worker_id FROM attempts WHERE build_id = b.id ORDER BY attempt DESC LIMIT 1) a ON true
              JOIN build_workers w ON w.id = a.worker_id`,
  },
} as const;

/** How builds ended, by what they have in common. A build that no worker took up is of none. */
export async function readOutcomes(
  tx: Tx,
  tenantId: string,
  zone: string,
  query: StatsQuery,
  { by, limit }: { readonly by: OutcomeKind; readonly limit: number },
): Promise<{ items: Outcomes[] } & LookedAt> {
  const newest = newestBuilds(tenantId, zone, query);
  const { name, from } = NAMES[by];
  const { rows } = await sql<Outcomes>`
    SELECT ${name} AS name, count(*) AS total_builds,
           count(*) FILTER (WHERE b.status = 'success') AS successful,
           count(*) FILTER (WHERE b.status = 'failed') AS failed,
           count(*) FILTER (WHERE b.status = 'cancelled') AS cancelled
    FROM (${newest}) b ${from}
    GROUP BY 1 ORDER BY total_builds DESC, 1 NULLS LAST LIMIT ${limit}`.execute(tx);
  return { items: rows, ...(await countNewest(tx, newest)) };
}
