import { sql, type Updateable } from 'kysely';
import { UNSURE_MS } from '../../domain/webhooks/missed-pushes.js';
import type { DueDeliveries, DueDelivery } from '../../ports/webhooks.js';
import type { Database } from '../database.js';
import type { WebhookDeliveriesTable } from '../schema/webhooks.js';
import { storableText } from '../storable.js';
import { NOW } from '../times.js';
import { single } from '../transact.js';

/** A controller that died with deliveries in hand keeps them from others for this long. */
const CLAIM_MS = 30_000;
const LOOK_MAX_MS = 60_000;
const REMOVED_AT_ONCE = 1_000;

/** Deliveries that become builds. Needs the role kiln_controller. */
export function createDueDeliveries(db: Database, claimMs: number = CLAIM_MS): DueDeliveries {
  /** Only who has taken a delivery last says what came of it. */
  const settle = async (
    { id, attemptNumber, replayCount }: DueDelivery,
    what: Updateable<WebhookDeliveriesTable>,
  ): Promise<void> => {
    await single(db, (one) =>
      one
        .updateTable('webhook_deliveries')
        .set(what)
        .where('id', '=', id)
        .where('attempt_number', '=', attemptNumber)
        .where('replay_count', '=', replayCount)
        .where('delivery_status', '=', 'pending')
        .execute(),
    );
  };
  return {
    take: (limit) => single(db, (one) => take(one, limit, claimMs)),

    started: (taken, buildId) =>
      settle(taken, {
        ...{ delivery_status: 'started', build_id: buildId },
        ...{ reason: null, error_message: null, next_retry_at: null },
      }),

    failed: (taken, reason) =>
      settle(taken, {
        ...{ delivery_status: 'failed', next_retry_at: null },
        ...{ reason: storableText(reason), error_message: storableText(reason) },
      }),

    joined: (taken, other, reason) =>
      settle(taken, {
        ...{ delivery_status: 'coalesced', coalesced_into_id: other, reason },
        ...{ error_message: null, next_retry_at: null },
      }),

    async postpone({ id, attemptNumber, replayCount }, error, pauseMs) {
      await single(db, (one) =>
        sql`
          UPDATE webhook_deliveries SET error_message = ${storableText(error)},
            next_retry_at = clock_timestamp() + ${pauseMs} * interval '1 ms'
          WHERE id = ${id} AND attempt_number = ${attemptNumber} AND replay_count = ${replayCount}
            AND delivery_status = 'pending'`.execute(one),
      );
    },

    async nextLookMs() {
      const { rows } = await single(db, (one) =>
        sql<{ ms: number | null }>`
          SELECT (extract(epoch FROM min(next_retry_at) - clock_timestamp()) * 1000)::float8 AS ms
          FROM webhook_deliveries WHERE delivery_status = 'pending'`.execute(one),
      );
      const ms = rows[0]?.ms ?? LOOK_MAX_MS;
      return Math.min(LOOK_MAX_MS, Math.max(0, Math.ceil(ms)));
    },

    async removeOld(keptDays) {
      const { rows } = await single(db, (one) =>
        sql`
          DELETE FROM webhook_deliveries WHERE id IN (
            SELECT id FROM webhook_deliveries
            WHERE created_at < ${NOW} - ${keptDays} * interval '1 day' AND delivery_status <> 'pending'
            LIMIT ${REMOVED_AT_ONCE})
          RETURNING id`.execute(one),
      );
      return rows.length;
    },
  };
}

/**
 * A delivery of what a reading has found before: the last that was told of the ref is what it tells now, and that has a build, or is about
 * to get one. After anything else that was told of the ref, a delivery is news.
 */
const FOUND_BEFORE = sql`
  SELECT jsonb_build_object('id', f.id, 'isBuilt', f.delivery_status = 'started') FROM webhook_deliveries f
  WHERE f.heads_read_at IS NOT NULL AND f.webhook_config_id = d.webhook_config_id AND f.told_ref = d.told_ref
    AND f.told_sha = d.told_sha AND f.created_at <= d.created_at
    AND (f.delivery_status = 'started' OR f.delivery_status = 'pending' AND f.attempt_number > 0)
    AND NOT EXISTS (
      SELECT FROM webhook_deliveries o
      WHERE o.tenant_id = d.tenant_id AND o.webhook_config_id = d.webhook_config_id AND o.told_ref = d.told_ref
        AND o.created_at > f.created_at AND o.created_at < d.created_at)
  ORDER BY f.created_at DESC LIMIT 1`;

/**
 * What has told of a ref since its head was found: of the same commit, of its end, or of another commit that is built. Looked for at the
 * first try alone: a later one may come after a build that nobody has noted.
 */
const TOLD_SINCE = sql`
  SELECT jsonb_build_object('id', o.id, 'isBuilt', true) FROM webhook_deliveries o
  WHERE o.tenant_id = d.tenant_id AND o.webhook_config_id = d.webhook_config_id AND o.told_ref = d.told_ref
    AND o.heads_read_at IS NULL AND o.created_at > d.heads_read_at - ${UNSURE_MS} * interval '1 ms'
    AND (o.told_sha = d.told_sha OR o.told_sha ~ '^0+$' OR o.delivery_status IN ('pending', 'started', 'coalesced'))
  ORDER BY o.created_at DESC LIMIT 1`;

/** Moving next_retry_at ahead is the claim: no transaction stays open while a build is accepted. */
async function take(db: Database, limit: number, claimMs: number): Promise<DueDelivery[]> {
  const { rows } = await sql<DueDelivery>`
    WITH due AS (
      SELECT id FROM webhook_deliveries
      WHERE delivery_status = 'pending' AND next_retry_at <= clock_timestamp()
      ORDER BY next_retry_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    UPDATE webhook_deliveries d
    SET next_retry_at = clock_timestamp() + ${claimMs} * interval '1 ms', attempt_number = d.attempt_number + 1,
        error_message = NULL
    FROM due, webhook_configs w
    WHERE d.id = due.id AND w.id = d.webhook_config_id
    RETURNING d.id, d.tenant_id AS "tenantId", w.project_id AS "projectId", w.webhook_name AS webhook, w.id AS "webhookId",
      d.delivery_id AS "deliveryId", w.repository_url AS "repositoryUrl", w.build_method AS "buildMethod",
      w.build_config_preset AS preset, d.asked, d.build_count AS "buildCount", d.replay_count AS "replayCount", d.attempt_number AS "attemptNumber",
      d.heads_read_at IS NOT NULL AS "isMissedPush",
      CASE WHEN d.replay_count > 0 OR d.told_ref IS NULL THEN NULL WHEN d.heads_read_at IS NULL THEN (${FOUND_BEFORE})
        WHEN d.attempt_number = 1 THEN (${TOLD_SINCE}) END AS twin`.execute(db);
  return rows;
}
