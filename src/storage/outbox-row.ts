import type { OutboxMessage } from '../ports/dispatch.js';
import type { Tx } from './database.js';
import { notifyOutbox } from './notify.js';
import { toJson } from './storable.js';

/** Puts a message into the outbox of this transaction and rings for the relay at its commit. */
export async function putOutbox(tx: Tx, tenantId: string, message: OutboxMessage): Promise<void> {
  await tx
    .insertInto('outbox')
    .values({ tenant_id: tenantId, build_id: message.buildId, message: toJson(message) })
    .execute();
  await notifyOutbox(tx);
}
