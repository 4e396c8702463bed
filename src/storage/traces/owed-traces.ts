import { sql } from 'kysely';
import type { OwedTrace, OwedTraces } from '../../ports/traces.js';
import type { Database } from '../database.js';
import { NOW } from '../times.js';
import { single, snapshot, transact } from '../transact.js';
import { readTracedBuild } from './read-traced-build.js';

/** A controller that died with traces in hand keeps them from others for this long. */
const CLAIM_MS = 60_000;
const LOOK_MAX_MS = 60_000;
/** What another transaction holds is looked at again after this. */
const LOOK_MIN_MS = 20;

/** Needs the role kiln_controller. */
export function createOwedTraces(db: Database, claimMs: number = CLAIM_MS): OwedTraces {
  return {
    want: (wanted) =>
      transact(db, async (tx) => {
        // Who ends a build meanwhile reads what was said before; its row waits until traces are wanted again, or is removed by the next start.
        await tx
          .updateTable('installation')
          .set({ traces_wanted: wanted })
          .where('traces_wanted', '!=', wanted)
          .execute();
        if (wanted) return 0;
        const { numDeletedRows } = await tx.deleteFrom('owed_traces').executeTakeFirst();
        return Number(numDeletedRows);
      }),

    take: async (limit) => {
      const { rows } = await single(db, (one) =>
        sql<OwedTrace>`
          WITH due AS (
            SELECT build_id FROM owed_traces WHERE next_try_at <= clock_timestamp()
            ORDER BY next_try_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
          UPDATE owed_traces o SET tries = tries + 1, next_try_at = clock_timestamp() + ${claimMs} * interval '1 ms'
          FROM due WHERE o.build_id = due.build_id
          RETURNING o.build_id AS "buildId", o.tries,
            (extract(epoch FROM clock_timestamp() - o.created_at) * 1000)::float8 AS "ageMs"`.execute(one),
      );
      return rows;
    },

    recordOf: (buildId) => snapshot(db, (tx) => readTracedBuild(tx, buildId)),

    settle: async ({ buildId, tries }) => {
      await single(db, (one) =>
        one.deleteFrom('owed_traces').where('build_id', '=', buildId).where('tries', '=', tries).execute(),
      );
    },

    postpone: async ({ buildId, tries }, pauseMs) => {
      await single(db, (one) =>
        one
          .updateTable('owed_traces')
          .set({ next_try_at: sql<Date>`${NOW} + ${pauseMs} * interval '1 ms'` })
          .where('build_id', '=', buildId)
          .where('tries', '=', tries)
          .execute(),
      );
    },

    nextLookMs: async () => {
      const { rows } = await single(db, (one) =>
        sql<{ ms: number | null }>`
          SELECT (extract(epoch FROM min(next_try_at) - clock_timestamp()) * 1000)::float8 AS ms FROM owed_traces`.execute(
          one,
        ),
      );
      return Math.min(LOOK_MAX_MS, Math.max(LOOK_MIN_MS, Math.ceil(rows[0]?.ms ?? LOOK_MAX_MS)));
    },
  };
}
