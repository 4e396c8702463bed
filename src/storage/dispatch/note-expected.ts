import { sql } from 'kysely';
import { viewQueue } from '../../domain/dispatch/queue-view.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { transact } from '../transact.js';
import { readQueue } from './read-queue.js';

/**
 * Writes down when builds that have begun to wait are expected to start, so that their start tells how good that was: of all of a tenant
 * that have no expectation yet, by one look at its queue. Who asks while a look is being taken waits for the next one, with all others.
 */
export function createExpectations(db: Database): { note(buildId: string): Promise<void> } {
  const looking = new Map<string, { now: Promise<void>; next: Promise<void> | null }>();
  const look = async (tenantId: string): Promise<void> => {
    const now = noteTenant(db, tenantId);
    const turn = { now, next: null };
    looking.set(tenantId, turn);
    try {
      await now;
    } finally {
      if (looking.get(tenantId) === turn) looking.delete(tenantId);
    }
  };
  return {
    note: async (buildId) => {
      const tenantId = await tenantWithout(db, buildId);
      if (tenantId === null) return;
      const running = looking.get(tenantId);
      if (running === undefined) return look(tenantId);
      running.next ??= running.now.then(
        () => look(tenantId),
        () => look(tenantId),
      );
      return running.next;
    },
  };
}

/** The tenant of a build that waits without an expectation; null for any other build. */
async function tenantWithout(db: Database, buildId: string): Promise<string | null> {
  const row = await transact(db, (tx) =>
    tx
      .selectFrom('builds')
      .select('tenant_id')
      .where('id', '=', buildId)
      .where('status', '=', 'queued')
      .where('start_expected_at', 'is', null)
      .where('started_at', 'is', null)
      .executeTakeFirst(),
  );
  return row?.tenant_id ?? null;
}

async function noteTenant(db: Database, tenantId: string): Promise<void> {
  await inTenant(db, tenantId, async (tx) => {
    const places = viewQueue(await readQueue(tx, tenantId)).flatMap(({ buildId, start }) =>
      start === null ? [] : [{ buildId, ...start }],
    );
    const moments = (part: 'expectedMs' | 'earliestMs' | 'latestMs'): Date[] =>
      places.map((place) => new Date(place[part]));
    await sql`
      UPDATE builds b SET start_expected_at = e.expected, start_earliest_at = e.earliest, start_latest_at = e.latest
      FROM unnest(${places.map(({ buildId }) => buildId)}::uuid[], ${moments('expectedMs')}::timestamptz[],
        ${moments('earliestMs')}::timestamptz[], ${moments('latestMs')}::timestamptz[]) AS e(id, expected, earliest, latest)
      WHERE b.id = e.id AND b.status = 'queued' AND b.started_at IS NULL AND b.start_expected_at IS NULL`.execute(
      tx,
    );
  });
}
