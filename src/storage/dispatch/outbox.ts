import { sql } from 'kysely';
import { toKilnError } from '../../domain/errors.js';
import type { Outbox, OutboxMessage } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { storableText } from '../storable.js';
import { single, transact } from '../transact.js';

export interface OutboxOptions {
  /** A relay that died with rows in hand keeps them from others for this long. */
  readonly claimMs: number;
  readonly firstBackOffMs: number;
  readonly maxBackOffMs: number;
  /** A granted lease must be acknowledged within this time after its doorbell was sent. */
  readonly ackTtlMs: number;
}

const DEFAULTS: OutboxOptions = {
  claimMs: 30_000,
  firstBackOffMs: 250,
  maxBackOffMs: 60_000,
  ackTtlMs: 10_000,
};
const LOOK_MAX_MS = 5_000;

interface Taken {
  readonly id: number;
  readonly buildId: string;
  readonly sendAttempts: number;
  readonly message: OutboxMessage;
}

/** Sends what the outbox holds, at least once. Messages of one build go one after the other, those of several at once. */
export function createOutbox(db: Database, given: Partial<OutboxOptions> = {}): Outbox {
  const options = { ...DEFAULTS, ...given };
  return {
    relay: async (limit, send) => {
      const taken = await take(db, limit, options.claimMs);
      const sent = await Promise.all([...byBuild(taken)].map((rows) => sendInOrder(db, rows, send, options)));
      return { sent: sent.reduce((sum, count) => sum + count, 0), nextLookMs: await nextLookMs(db) };
    },
  };
}

/** Moving due_at ahead is the claim: no transaction stays open while something is sent. */
async function take(db: Database, limit: number, claimMs: number): Promise<Taken[]> {
  const rows = await single(db, (one) =>
    one
      .with('due', (query) =>
        query
          .selectFrom('outbox')
          .select('id')
          .where('due_at', '<=', sql<Date>`clock_timestamp()`)
          .orderBy('id')
          .limit(limit)
          .forUpdate()
          .skipLocked(),
      )
      .updateTable('outbox as o')
      .from('due')
      .set((eb) => ({
        due_at: sql<Date>`clock_timestamp() + ${claimMs} * interval '1 ms'`,
        send_attempts: eb('o.send_attempts', '+', 1),
      }))
      .whereRef('o.id', '=', 'due.id')
      .returning(['o.id', 'o.build_id as buildId', 'o.send_attempts as sendAttempts', 'o.message'])
      .execute(),
  );
  return rows.sort((a, b) => a.id - b.id);
}

function byBuild(rows: readonly Taken[]): Iterable<Taken[]> {
  const groups = new Map<string, Taken[]>();
  for (const row of rows) groups.set(row.buildId, [...(groups.get(row.buildId) ?? []), row]);
  return groups.values();
}

async function sendInOrder(
  db: Database,
  rows: readonly Taken[],
  send: (message: OutboxMessage) => Promise<void>,
  options: OutboxOptions,
): Promise<number> {
  let sent = 0;
  for (const row of rows) {
    try {
      if (!(await isOvertaken(db, row))) await send(row.message);
    } catch (error) {
      await postpone(db, row, error, options);
      continue;
    }
    await settle(db, row, options.ackTtlMs);
    sent += 1;
  }
  return sent;
}

/**
 * Whether a grant was acknowledged, or is over: then nobody waits for its doorbell. A start is always sent: that a build has begun does
 * not show that its workflow has.
 */
async function isOvertaken(db: Database, { buildId, message }: Taken): Promise<boolean> {
  if (message.kind !== 'lease_granted') return false;
  const waiting = await single(db, (one) =>
    one
      .selectFrom('leases')
      .select('id')
      .where('build_id', '=', buildId)
      .where('state', '=', 'granted')
      .executeTakeFirst(),
  );
  return waiting === undefined;
}

/** From now on the supervisor can know of the grant, so the time to acknowledge it starts now. */
async function settle(db: Database, row: Taken, ackTtlMs: number): Promise<void> {
  if (row.message.kind !== 'lease_granted') {
    await single(db, (one) => one.deleteFrom('outbox').where('id', '=', row.id).execute());
    return;
  }
  await transact(db, async (tx) => {
    await tx.deleteFrom('outbox').where('id', '=', row.id).execute();
    const due = sql<Date>`clock_timestamp() + ${ackTtlMs} * interval '1 ms'`;
    await tx
      .updateTable('leases')
      .set({ expires_at: due })
      .where('build_id', '=', row.buildId)
      .where('state', '=', 'granted')
      .execute();
  });
}

async function postpone(db: Database, row: Taken, error: unknown, options: OutboxOptions): Promise<void> {
  const { code, message, detail } = toKilnError(error);
  const backOffMs = Math.min(options.maxBackOffMs, options.firstBackOffMs * 2 ** (row.sendAttempts - 1));
  await single(db, (one) =>
    one
      .updateTable('outbox')
      .set({
        due_at: sql<Date>`clock_timestamp() + ${backOffMs} * interval '1 ms'`,
        last_error: storableText(`${code}: ${detail ?? message}`).slice(0, 2000),
      })
      .where('id', '=', row.id)
      .execute(),
  );
}

async function nextLookMs(db: Database): Promise<number> {
  const { rows } = await single(db, (one) =>
    sql<{ ms: number | null }>`
      SELECT (extract(epoch FROM min(due_at) - clock_timestamp()) * 1000)::float8 AS ms FROM outbox`.execute(
      one,
    ),
  );
  const ms = rows[0]?.ms ?? null;
  return ms === null ? LOOK_MAX_MS : Math.min(LOOK_MAX_MS, Math.max(0, Math.ceil(ms)));
}
