import { sql } from 'kysely';
import type { DueNotification, DueNotifications, Trouble } from '../../ports/notifications.js';
import type { Sealer } from '../../ports/secrets.js';
import type { Database, Tx } from '../database.js';
import { notifyNotifications } from '../notify.js';
import { storableText } from '../storable.js';
import { NOW } from '../times.js';
import { single, transact } from '../transact.js';
import { openTargetSecret } from './target-secret.js';
import { takeDue } from './take-due.js';

/** A controller that died with notifications in hand keeps them from others for this long: twice the time of a request. */
const CLAIM_MS = 30_000;
const LOOK_MAX_MS = 60_000;
/** What another transaction holds is looked at again after this. */
const LOOK_MIN_MS = 20;
const REMOVED_AT_ONCE = 1_000;
const SETTLED = { next_attempt_at: null, settled_at: NOW };

/** What came of a try: the end of it, or a pause before the next one. */
type Came = { readonly because: string | null; readonly responseStatus: Trouble['responseStatus'] } & (
  | { readonly state: 'delivered' | 'dead' }
  | { readonly pauseMs: number }
);

/** Notifications that wait to be sent. Needs the role kiln_controller. */
export function createDueNotifications(
  db: Database,
  sealer: Sealer,
  claimMs: number = CLAIM_MS,
): DueNotifications {
  /** Only who has taken it last says what came of it. */
  const settle = async (
    taken: DueNotification,
    what: Came,
    also: (tx: Tx) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<void> => {
    await transact(db, async (tx) => {
      await also(tx);
      const settled = await tx
        .updateTable('notification_deliveries')
        .set({
          claimed_until: null,
          error_message: what.because === null ? null : storableText(what.because),
          response_status: what.responseStatus,
          ...('state' in what
            ? { delivery_state: what.state, ...SETTLED }
            : { next_attempt_at: sql<Date>`clock_timestamp() + ${what.pauseMs} * interval '1 ms'` }),
        })
        .where('id', '=', taken.id)
        .where('attempts', '=', taken.attempts)
        .where('replay_count', '=', taken.replayCount)
        .where('delivery_state', '=', 'pending')
        .returning('id')
        .executeTakeFirst();
      if (settled === undefined) return;
      if (taken.subject !== null) await letNewerGo(tx, taken);
      // Somebody waits for what comes of a test.
      if (taken.eventType === 'test') await notifyNotifications(tx);
    });
  };
  return {
    take: (limit, perTarget, most) => takeDue(db, { limit, perTarget, most, claimMs }),

    secretOf: ({ tenantId, targetId, kind, url, sealed }) =>
      openTargetSecret(sealer, {
        ...{ tenant_id: tenantId, id: targetId, target_kind: kind, url },
        ...{ key_id: sealed.keyId, wrapped_key: sealed.wrappedKey, ciphertext: sealed.ciphertext },
      }),

    delivered: (taken, responseStatus) =>
      settle(taken, { state: 'delivered', because: null, responseStatus }),

    failed: (taken, trouble, pauseMs) => settle(taken, { ...trouble, pauseMs }),

    dead: (taken, trouble) => settle(taken, { state: 'dead', ...trouble }),

    gone: (taken, trouble) =>
      settle(taken, { state: 'dead', ...trouble }, async (tx) => {
        await tx
          .updateTable('notification_targets')
          .set({ is_active: false, disabled_at: NOW, disabled_reason: storableText(trouble.because) })
          .where('id', '=', taken.targetId)
          .where('is_active', '=', true)
          .execute();
        await tx
          .updateTable('notification_deliveries')
          .set({
            ...{ delivery_state: 'dead', claimed_until: null, ...SETTLED },
            error_message: storableText(`The target is switched off. ${trouble.because}`),
          })
          .where('target_id', '=', taken.targetId)
          .where('delivery_state', '=', 'pending')
          .where('id', '!=', taken.id)
          .execute();
      }),

    async nextLookMs(full) {
      const { rows } = await single(db, (one) =>
        sql<{ ms: number | null }>`
          SELECT (extract(epoch FROM min(next_attempt_at) - clock_timestamp()) * 1000)::float8 AS ms
          FROM notification_deliveries WHERE delivery_state = 'pending' AND NOT target_id = ANY (${full}::uuid[])`.execute(
          one,
        ),
      );
      return Math.min(LOOK_MAX_MS, Math.max(LOOK_MIN_MS, Math.ceil(rows[0]?.ms ?? LOOK_MAX_MS)));
    },

    async removeOld(keptDays) {
      const { rows } = await single(db, (one) =>
        sql`
          DELETE FROM notification_deliveries WHERE id IN (
            SELECT id FROM notification_deliveries WHERE settled_at < ${NOW} - ${keptDays} * interval '1 day'
            LIMIT ${REMOVED_AT_ONCE})
          RETURNING id`.execute(one),
      );
      return rows.length;
    },
  };
}

/** What waited until this one was not on its way any more. */
async function letNewerGo(tx: Tx, { targetId, subject, id }: DueNotification): Promise<void> {
  await sql`
    UPDATE notification_deliveries SET next_attempt_at = clock_timestamp()
    WHERE target_id = ${targetId} AND subject = ${subject} AND delivery_state = 'pending' AND claimed_until IS NULL
      AND id <> ${id} AND attempts = 0`.execute(tx);
}
