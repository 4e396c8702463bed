import { sql } from 'kysely';
import type { Selectable } from 'kysely';
import { isUuid } from '../../domain/ids.js';
import type { Sealer } from '../../ports/secrets.js';
import type { CalledWebhook, NewDelivery, StoredDelivery, WebhookIntake } from '../../ports/webhooks.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { DELIVERY_CHANNEL } from '../notify.js';
import type { WebhookConfigsTable } from '../schema/webhooks.js';
import { sealedOf, webhookBelongsTo } from '../secrets/belongs-to.js';
import { storableOrNull, storableText, toJson } from '../storable.js';
import { NOW } from '../times.js';
import { single } from '../transact.js';
import { toRules } from './webhook-rows.js';

/** Where requests of git hosts are stored. Works under the role kiln_api. */
export function createWebhookIntake(db: Database, sealer: Sealer): WebhookIntake {
  return {
    async find(webhookId) {
      if (!isUuid(webhookId)) return null;
      const { rows } = await single(db, (one) =>
        sql<Selectable<WebhookConfigsTable>>`SELECT * FROM resolve_webhook(${webhookId})`.execute(one),
      );
      const [row] = rows;
      if (row === undefined) return null;
      const secret = await sealer.open(sealedOf(row), webhookBelongsTo(row));
      return {
        ...toRules(row),
        id: row.id,
        tenantId: row.tenant_id,
        provider: row.provider,
        secret: secret.toString(),
        isVerified: row.is_verified,
        coalesceSeconds: row.coalesce_seconds,
        buildMethod: row.build_method,
        preset: row.build_config_preset,
      };
    },

    store: (webhook, delivery) =>
      inTenant(db, webhook.tenantId, async (tx) => {
        const waitsForNewer = delivery.status === 'pending' && webhook.coalesceSeconds > 0;
        if (waitsForNewer) await lockRef(tx, webhook, delivery);
        const due = sql<Date>`clock_timestamp() + ${webhook.coalesceSeconds} * interval '1 s'`;
        const row = await tx
          .insertInto('webhook_deliveries')
          .values({
            tenant_id: webhook.tenantId,
            webhook_config_id: webhook.id,
            delivery_id: delivery.deliveryId,
            event_type: delivery.eventType,
            headers: toJson(delivery.headers),
            payload: Buffer.from(delivery.payload),
            delivery_status: delivery.status,
            asked: delivery.asked === null ? null : toJson(delivery.asked),
            reason: storableOrNull(delivery.reason),
            response_status: delivery.responseStatus,
            told_ref: storableOrNull(delivery.told?.ref ?? null),
            told_sha: storableOrNull(delivery.told?.sha ?? null),
            next_retry_at: delivery.status === 'pending' ? due : null,
          })
          .onConflict((conflict) => conflict.columns(['webhook_config_id', 'delivery_id']).doNothing())
          .returning('id')
          .executeTakeFirst();
        if (row === undefined) return { ...(await readFirst(tx, webhook, delivery)), created: false };
        if (waitsForNewer) await coalesce(tx, webhook, row.id, delivery);
        if (!webhook.isVerified) await verified(tx, webhook);
        const { status, reason } = delivery;
        return { id: row.id, status, reason, buildId: null, created: true };
      }),

    noteRefusals: ({ id, tenantId }, count, reason) =>
      inTenant(db, tenantId, async (tx) => {
        await tx
          .updateTable('webhook_configs')
          .set((eb) => ({
            refused_count: eb('refused_count', '+', count),
            last_refused_at: NOW,
            last_refused_reason: storableText(reason).slice(0, 500),
          }))
          .where('id', '=', id)
          .execute();
      }),

    ring: async () => {
      await single(db, (one) => sql`SELECT pg_notify(${DELIVERY_CHANNEL}, '')`.execute(one));
    },
  };
}

/** Of two deliveries of a ref at once the second sees the first. */
async function lockRef(tx: Tx, webhook: CalledWebhook, { asked }: NewDelivery): Promise<void> {
  const key = `kiln.webhook:${webhook.id}:${asked?.ref ?? ''}`;
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx);
}

/** The newest is built, when the first would have been: somebody who goes on pushing does not wait for ever. Those that are tried already stay. */
async function coalesce(
  tx: Tx,
  webhook: CalledWebhook,
  newest: string,
  { asked }: NewDelivery,
): Promise<void> {
  await sql`
    WITH older AS (
      SELECT id, next_retry_at FROM webhook_deliveries
      WHERE webhook_config_id = ${webhook.id} AND delivery_status = 'pending' AND attempt_number = 0 AND id <> ${newest}
        AND replay_count = 0 AND approved_at IS NULL AND asked ->> 'ref' = ${asked?.ref ?? null}
      FOR UPDATE SKIP LOCKED),
    left_out AS (
      UPDATE webhook_deliveries d SET delivery_status = 'coalesced', next_retry_at = NULL, coalesced_into_id = ${newest},
        reason = ${`coalesced into ${newest}, a newer delivery of the same ref`}
      FROM older WHERE d.id = older.id RETURNING d.id)
    UPDATE webhook_deliveries d SET next_retry_at = first.at
    FROM (SELECT min(next_retry_at) AS at FROM older) first
    WHERE d.id = ${newest} AND first.at < d.next_retry_at AND EXISTS (SELECT FROM left_out)`.execute(tx);
}

async function readFirst(
  tx: Tx,
  webhook: CalledWebhook,
  { deliveryId }: NewDelivery,
): Promise<StoredDelivery> {
  return tx
    .selectFrom('webhook_deliveries')
    .select(['id', 'delivery_status as status', 'reason', 'build_id as buildId'])
    .where('webhook_config_id', '=', webhook.id)
    .where('delivery_id', '=', deliveryId)
    .executeTakeFirstOrThrow();
}

async function verified(tx: Tx, { id }: CalledWebhook): Promise<void> {
  await tx
    .updateTable('webhook_configs')
    .set({ is_verified: true })
    .where('id', '=', id)
    .where('is_verified', '=', false)
    .execute();
}
