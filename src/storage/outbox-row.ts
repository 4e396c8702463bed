import { sql } from 'kysely';
import type { OutboxMessage } from '../ports/dispatch.js';
import type { Tx } from './database.js';
import { notifyOutbox } from './notify.js';
import { toJson } from './storable.js';

/** How long whoever writes a message has time to do by itself what it asks for. */
const OWN_TIME_MS = 1_000;
/** In this time the next build is handed over on the processors that the end of one has left. */
const LATER_MS = 300;

/** Puts a message into the outbox of this transaction and rings for the relay at its commit. */
export async function putOutbox(tx: Tx, tenantId: string, message: OutboxMessage): Promise<void> {
  await tx.insertInto('outbox').values(rowOf(tenantId, message)).execute();
  await notifyOutbox(tx);
}

/** Puts a message that the relay sends a second later, should its writer not do itself what it asks for. */
export async function putOutboxInReserve(tx: Tx, tenantId: string, message: OutboxMessage): Promise<void> {
  await insert(tx, tenantId, message, OWN_TIME_MS);
}

/** Puts a message for which nobody waits, and rings: it is sent when the next build has its start behind it. */
export async function putOutboxForLater(tx: Tx, tenantId: string, message: OutboxMessage): Promise<void> {
  await insert(tx, tenantId, message, LATER_MS);
  await notifyOutbox(tx);
}

async function insert(tx: Tx, tenantId: string, message: OutboxMessage, dueInMs: number): Promise<void> {
  const due_at = sql<Date>`clock_timestamp() + ${dueInMs} * interval '1 ms'`;
  await tx
    .insertInto('outbox')
    .values({ ...rowOf(tenantId, message), due_at })
    .execute();
}

function rowOf(tenantId: string, message: OutboxMessage) {
  return { tenant_id: tenantId, build_id: message.buildId, message: toJson(message) };
}
