import { setTimeout as sleep } from 'node:timers/promises';
import type { DrillDatabase } from './database.js';
import { POINTS, type PointName } from './plan.js';
import { POINT_LOCK } from './witness.js';

const LOOK_MS = 10;
/** A point that nobody comes to is given up. */
const POINT_TIMEOUT_MS = 4_000;

/** Stops the next transaction at the point, right before it commits its effect, calls `then`, and lets it go on. False when none came. */
export async function beforeCommitOf(
  db: DrillDatabase,
  point: PointName,
  then: () => Promise<void>,
): Promise<boolean> {
  const client = await db.connect();
  const number = POINTS.indexOf(point);
  try {
    const deadline = Date.now() + POINT_TIMEOUT_MS;
    const until = async (text: string): Promise<boolean> => {
      while (Date.now() < deadline) {
        const { rows } = await client.query<{ holds: boolean }>(text, [POINT_LOCK, number]);
        if (rows[0]?.holds === true) return true;
        await sleep(LOOK_MS);
      }
      return false;
    };
    // Nobody waits behind a lock that is only tried.
    if (!(await until('SELECT pg_try_advisory_lock($1::int, $2::int) AS holds'))) return false;
    const came = await until(
      `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND NOT granted) AS holds`,
    );
    if (came) await then();
    return came;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Calls `then` when the next effect of the kind was committed. False when none came. */
export async function afterCommitOf(
  db: DrillDatabase,
  point: PointName,
  then: () => Promise<void>,
): Promise<boolean> {
  const deadline = Date.now() + POINT_TIMEOUT_MS;
  const last = async (): Promise<number> => {
    const rows = await db.query<{ last: string | null }>(
      `SELECT max(number) AS last FROM drill.effects WHERE kind = $1`,
      [point],
    );
    return Number(rows[0]?.last ?? 0);
  };
  const before = await last();
  while (Date.now() < deadline) {
    if ((await last()) > before) {
      await then();
      return true;
    }
    await sleep(LOOK_MS);
  }
  return false;
}

/** How long a busy machine may take until a host builds, or has lost its leases. */
const HOST_TIMEOUT_MS = 90_000;

/** Resolves when a log of a run under a lease of the host is stored. False when none was in time. */
export function buildsOn(db: DrillDatabase, workerId: string): Promise<boolean> {
  return untilRow(
    db,
    `SELECT FROM leases l JOIN drill.effects e ON e.build_id = l.build_id AND e.kind = 'log'
     WHERE l.worker_id = $1 AND l.state = 'active' LIMIT 1`,
    workerId,
  );
}

/** Resolves when no lease of the host holds any more. False when one still did in the end. */
export function hasLostAll(db: DrillDatabase, workerId: string): Promise<boolean> {
  return untilRow(
    db,
    `SELECT WHERE NOT EXISTS (SELECT FROM leases WHERE worker_id = $1 AND state IN ('granted', 'active'))`,
    workerId,
  );
}

/**
 * Waits until every build that the host has held since `sinceMs` and not ended was lost, and taken up by another host or brought to its
 * end. Gives the builds of which that is not so in time.
 */
export async function notElsewhere(
  db: DrillDatabase,
  workerId: string,
  sinceMs: number,
  timeoutMs: number,
): Promise<string[]> {
  for (const deadline = Date.now() + timeoutMs; ; await sleep(LOOK_MS)) {
    const rows = await db.patiently<{ id: string }>(
      `SELECT DISTINCT b.id FROM leases l JOIN builds b ON b.id = l.build_id
       WHERE l.worker_id = $1 AND b.completed_at IS NULL
         AND (l.ended_at IS NULL
              OR (l.ended_at > to_timestamp($2::float8 / 1000) AND l.ended_reason IN ('worker_lost', 'grant_unacknowledged')))
         AND NOT EXISTS (SELECT FROM leases n WHERE n.build_id = l.build_id AND n.attempt > l.attempt
                         AND n.worker_id <> $1 AND n.acknowledged_at IS NOT NULL)`,
      [workerId, sinceMs],
    );
    if (rows.length === 0 || Date.now() >= deadline) return rows.map(({ id }) => id);
  }
}

async function untilRow(db: DrillDatabase, text: string, workerId: string): Promise<boolean> {
  for (const deadline = Date.now() + HOST_TIMEOUT_MS; Date.now() < deadline; await sleep(LOOK_MS)) {
    const rows = await db.query(text, [workerId]).catch(() => []);
    if (rows.length > 0) return true;
  }
  return false;
}
