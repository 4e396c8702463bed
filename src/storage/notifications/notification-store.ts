import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import { parseId } from '../../domain/ids.js';
import type { Notification, NotificationStore } from '../../ports/notifications.js';
import { decodeCursor, isAfter, toPage } from '../cursor.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyNotifications } from '../notify.js';
import { isoOrNull, NOW } from '../times.js';

/** Notifications as people see them. Works under the role kiln_api. */
export function createNotificationStore(db: Database): NotificationStore {
  return {
    list: async (tenant, targetId, { state, limit, cursor }) => {
      const after = decodeCursor(cursor);
      return inTenant(db, tenant.tenantId, async (tx) => {
        const rows = await selectNotifications(tx)
          .where('d.tenant_id', '=', tenant.tenantId)
          .where('d.target_id', '=', targetId)
          .$if(state !== null, (query) => query.where('d.delivery_state', '=', state!))
          .$if(after !== null, (query) => query.where(isAfter('d', after!)))
          .orderBy('d.created_at', 'desc')
          .orderBy('d.id', 'desc')
          .limit(limit + 1)
          .execute();
        return toPage(rows, limit, toNotification);
      });
    },

    get: (tenant, id) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const row = await selectNotifications(tx)
          .select('d.payload')
          .where('d.id', '=', parseId(id))
          .executeTakeFirst();
        if (row === undefined) throw noSuchNotification();
        return { ...toNotification(row), payload: row.payload };
      }),

    replay: (tenant, id) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const row = await tx
          .selectFrom('notification_deliveries')
          .select('delivery_state as state')
          .where('id', '=', parseId(id))
          .forUpdate()
          .executeTakeFirst();
        if (row === undefined) throw noSuchNotification();
        if (row.state === 'superseded')
          throw new KilnError('conflict', {
            message: 'A newer notification about the same commit went in the place of this one.',
            fix: 'Replay the newest: `kiln notifications deliveries TARGET` lists them.',
          });
        await sendAgain(tx).where('id', '=', id).execute();
        await notifyNotifications(tx);
        return readNotification(tx, id);
      }),

    replayDead: (tenant, targetId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const rows = await sendAgain(tx)
          .where('target_id', '=', targetId)
          .where('delivery_state', '=', 'dead')
          .returning('id')
          .execute();
        await notifyNotifications(tx);
        return rows.length;
      }),

    putTest: (tenant, targetId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const payload = { type: 'test', timestamp: new Date().toISOString(), data: {} };
        const { id } = await tx
          .insertInto('notification_deliveries')
          .values({
            ...{ tenant_id: tenant.tenantId, target_id: targetId, event_type: 'test' },
            payload: JSON.stringify(payload),
          })
          .returning('id')
          .executeTakeFirstOrThrow();
        await notifyNotifications(tx);
        return readNotification(tx, id);
      }),
  };
}

/** From the first try. The counter of replays is half of the fence: what a try that is on its way finds out counts no more. */
function sendAgain(tx: Tx) {
  return tx.updateTable('notification_deliveries').set((eb) => ({
    ...{ delivery_state: 'pending' as const, attempts: 0, replay_count: eb('replay_count', '+', 1) },
    next_attempt_at: sql<Date>`greatest(${NOW}, claimed_until)`,
    ...{ response_status: null, error_message: null, settled_at: null },
  }));
}

async function readNotification(tx: Tx, id: string): Promise<Notification> {
  return toNotification(await selectNotifications(tx).where('d.id', '=', id).executeTakeFirstOrThrow());
}

function selectNotifications(tx: Tx) {
  return tx
    .selectFrom('notification_deliveries as d')
    .innerJoin('notification_targets as t', 't.id', 'd.target_id')
    .leftJoin('builds as b', 'b.id', 'd.build_id')
    .select(['d.id', 't.target_name', 'd.event_type', 'd.build_id', 'b.build_number', 'd.delivery_state'])
    .select(['d.attempts', 'd.replay_count', 'd.next_attempt_at', 'd.response_status', 'd.error_message'])
    .select(['d.created_at', 'd.settled_at']);
}

type Row = Awaited<ReturnType<ReturnType<typeof selectNotifications>['executeTakeFirstOrThrow']>>;

function toNotification(row: Row): Notification {
  return {
    id: row.id,
    target: row.target_name,
    eventType: row.event_type,
    buildId: row.build_id,
    buildNumber: row.build_number,
    state: row.delivery_state,
    attempts: row.attempts,
    replayCount: row.replay_count,
    nextAttemptAt: isoOrNull(row.next_attempt_at),
    responseStatus: row.response_status,
    errorMessage: row.error_message,
    createdAt: row.created_at.toISOString(),
    settledAt: isoOrNull(row.settled_at),
  };
}

function noSuchNotification(): KilnError {
  return new KilnError('not_found', {
    message: 'There is no such notification.',
    fix: 'Correct the id: `kiln notifications deliveries TARGET` lists them, for as long as they are kept.',
  });
}
