import type { QueuedBuild } from '../../contracts/queue.js';
import { viewQueue } from '../../domain/dispatch/queue-view.js';
import type { QueueStore } from '../../ports/queue.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { readQueue } from './read-queue.js';

/** The queue as people see it. Works under the role kiln_api. */
export function createQueueStore(db: Database): QueueStore {
  return {
    read: async ({ tenantId }) => {
      const facts = await inTenant(db, tenantId, (tx) => readQueue(tx, tenantId));
      const named = new Map(facts.queued.map((build) => [build.buildId, build]));
      const open = facts.hosts.filter(({ refusal }) => refusal === null);
      const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
      return {
        running: facts.running.length,
        slots: sum(open.map(({ slots }) => slots)),
        freeSlots: sum(open.map(({ slots, taken }) => Math.max(0, slots - taken))),
        items: viewQueue(facts).flatMap(({ buildId, position, reason, blocking, start }): QueuedBuild[] => {
          const build = named.get(buildId);
          if (build === undefined) return [];
          return [
            {
              position,
              build_id: buildId,
              project: build.project,
              build_number: build.number,
              build_method: build.method,
              branch: build.branch,
              priority: build.priority,
              queued_at: build.queuedAt.toISOString(),
              reason,
              limit: blocking?.limit ?? null,
              held_by: blocking?.holders.map(({ name }) => name) ?? [],
              expected_start_at: momentOf(start?.expectedMs),
              earliest_start_at: momentOf(start?.earliestMs),
              latest_start_at: momentOf(start?.latestMs),
            },
          ];
        }),
      };
    },
  };
}

/** To the second: nobody knows it better. */
function momentOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(Math.round(ms / 1000) * 1000).toISOString();
}
