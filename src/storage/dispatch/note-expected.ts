import { sql } from 'kysely';
import { viewQueue } from '../../domain/dispatch/queue-view.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { single } from '../transact.js';
import { readQueue } from './read-queue.js';

/** Two looks at the queue of one tenant are so far apart at least, and ten times as far as a look takes. */
const LEAST_GAP_MS = 2_000;
const GAP_OF_LOOK = 10;

interface Looks {
  /** When the next one may be taken, by `performance.now()`. */
  notBeforeMs: number;
  running: Promise<void> | null;
  isPlanned: boolean;
}

/**
 * Writes down when builds that have begun to wait are expected to start, so that their start tells how good that was: of all of a tenant
 * that have no expectation yet, by one look at its queue. A look that is not due yet is taken later, and nobody waits for it. What goes
 * wrong is left to the next look: an expectation is worth no failure.
 */
export function createExpectations(db: Database): { note(buildId: string): Promise<void> } {
  const tenants = new Map<string, Looks>();
  const look = async (tenantId: string, looks: Looks): Promise<void> => {
    const beganMs = performance.now();
    looks.running = noteTenant(db, tenantId).catch(() => undefined);
    await looks.running;
    looks.running = null;
    const endedMs = performance.now();
    looks.notBeforeMs = endedMs + Math.max(LEAST_GAP_MS, (endedMs - beganMs) * GAP_OF_LOOK);
  };
  const plan = (tenantId: string, looks: Looks): void => {
    if (looks.isPlanned) return;
    looks.isPlanned = true;
    const waitMs = Math.max(LEAST_GAP_MS, looks.notBeforeMs - performance.now());
    setTimeout(() => {
      looks.isPlanned = false;
      if (looks.running === null) void look(tenantId, looks);
    }, waitMs).unref();
  };
  return {
    note: async (buildId) => {
      const tenantId = await tenantWithout(db, buildId).catch(() => null);
      if (tenantId === null) return;
      const looks = tenants.get(tenantId) ?? { notBeforeMs: 0, running: null, isPlanned: false };
      tenants.set(tenantId, looks);
      if (looks.running === null && performance.now() >= looks.notBeforeMs) return look(tenantId, looks);
      plan(tenantId, looks);
    },
  };
}

/** The tenant of a build that waits without an expectation; null for any other build. */
async function tenantWithout(db: Database, buildId: string): Promise<string | null> {
  const row = await single(db, (one) =>
    one
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
