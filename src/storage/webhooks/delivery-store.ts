import type { UpdateObject } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import { parseId } from '../../domain/ids.js';
import type { Delivery, DeliveryStore, JudgedDelivery } from '../../ports/webhooks.js';
import { decodeCursor, isAfter, toPage } from '../cursor.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import type { Tables } from '../schema/index.js';
import { storableOrNull, toJson } from '../storable.js';
import { isoOrNull, NOW } from '../times.js';

/** Deliveries as people see them. Works under the role kiln_api. */
export function createDeliveryStore(db: Database): DeliveryStore {
  /** Whoever holds the row decides first; the other one finds it decided. */
  const decide = (
    tenantId: string,
    id: string,
    decidedAt: 'approvedAt' | 'rejectedAt',
    decision: UpdateObject<Tables, 'webhook_deliveries'>,
  ): Promise<Delivery> =>
    inTenant(db, tenantId, async (tx) => {
      const row = await lockDelivery(tx, id);
      if (row.status !== 'awaiting_approval') {
        if (row[decidedAt] !== null) return readDelivery(tx, id);
        throw notWaiting(row);
      }
      await tx.updateTable('webhook_deliveries').set(decision).where('id', '=', id).execute();
      return readDelivery(tx, id);
    });
  return {
    list: async (tenant, webhookId, { status, limit, cursor }) => {
      const after = decodeCursor(cursor);
      return inTenant(db, tenant.tenantId, async (tx) => {
        const rows = await selectDeliveries(tx)
          .where('d.tenant_id', '=', tenant.tenantId)
          .where('d.webhook_config_id', '=', webhookId)
          .$if(status !== null, (query) => query.where('d.delivery_status', '=', status!))
          .$if(after !== null, (query) => query.where(isAfter('d', after!)))
          .orderBy('d.created_at', 'desc')
          .orderBy('d.id', 'desc')
          .limit(limit + 1)
          .execute();
        return toPage(rows, limit, toDelivery);
      });
    },

    get: (tenant, id) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const row = await selectDeliveries(tx)
          .select(['d.headers', 'd.payload', 'd.webhook_config_id'])
          .select(['d.told_ref', 'd.told_sha', 'd.heads_read_at'])
          .where('d.id', '=', parseId(id))
          .executeTakeFirst();
        if (row === undefined) throw noSuchDelivery();
        const { headers, payload, webhook_config_id: webhookId, told_ref: ref, told_sha: sha } = row;
        const missed = row.heads_read_at === null || ref === null || sha === null ? null : { ref, sha };
        return { ...toDelivery(row), headers, payload, webhookId, missed };
      }),

    replay: (tenant, id, judged, again) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const row = await lockDelivery(tx, id);
        if (row.buildId !== null && !again) return readDelivery(tx, id);
        await tx
          .updateTable('webhook_deliveries')
          .set((eb) => ({
            ...judgedColumns(judged),
            replay_count: eb('replay_count', '+', 1),
            ...(row.buildId === null ? {} : { build_count: eb('build_count', '+', 1) }),
          }))
          .where('id', '=', id)
          .execute();
        return readDelivery(tx, id);
      }),

    approve: ({ tenantId, userId }, id) =>
      decide(tenantId, id, 'approvedAt', {
        ...{ delivery_status: 'pending', reason: null, next_retry_at: NOW, attempt_number: 0 },
        ...{ approved_at: NOW, approved_by_user_id: userId },
      }),

    reject: ({ tenantId, userId }, id) =>
      decide(tenantId, id, 'rejectedAt', {
        ...{ delivery_status: 'rejected', reason: 'Somebody has rejected it: it is not built.' },
        ...{ rejected_at: NOW, rejected_by_user_id: userId },
      }),
  };
}

/** As if it had come now. */
function judgedColumns({ status, asked, reason }: JudgedDelivery) {
  return {
    ...{ delivery_status: status, attempt_number: 0, error_message: null, coalesced_into_id: null },
    asked: asked === null ? null : toJson(asked),
    reason: storableOrNull(reason),
    next_retry_at: status === 'pending' ? NOW : null,
    ...{ approved_at: null, approved_by_user_id: null, rejected_at: null, rejected_by_user_id: null },
  };
}

async function lockDelivery(tx: Tx, id: string) {
  const row = await tx
    .selectFrom('webhook_deliveries')
    .select([
      'delivery_status as status',
      'build_id as buildId',
      'approved_at as approvedAt',
      'rejected_at as rejectedAt',
    ])
    .where('id', '=', parseId(id))
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw noSuchDelivery();
  return row;
}

async function readDelivery(tx: Tx, id: string): Promise<Delivery> {
  return toDelivery(await selectDeliveries(tx).where('d.id', '=', id).executeTakeFirstOrThrow());
}

function selectDeliveries(tx: Tx) {
  return tx
    .selectFrom('webhook_deliveries as d')
    .innerJoin('webhook_configs as w', 'w.id', 'd.webhook_config_id')
    .leftJoin('builds as b', 'b.id', 'd.build_id')
    .leftJoin('users as u', (join) =>
      join.on((eb) => eb('u.id', '=', eb.fn.coalesce('d.approved_by_user_id', 'd.rejected_by_user_id'))),
    )
    .select([
      'd.id',
      'w.webhook_name',
      'd.delivery_id',
      'd.event_type',
      'd.delivery_status',
      'd.asked',
      'd.reason',
      'd.response_status',
      'd.attempt_number',
      'd.next_retry_at',
      'd.error_message',
      'd.replay_count',
      'd.build_id',
      'b.build_number',
      'd.coalesced_into_id',
      'd.approved_at',
      'd.rejected_at',
      'u.username',
      'd.created_at',
    ]);
}

type Row = Awaited<ReturnType<ReturnType<typeof selectDeliveries>['executeTakeFirstOrThrow']>>;

function toDelivery(row: Row): Delivery {
  return {
    id: row.id,
    webhook: row.webhook_name,
    deliveryId: row.delivery_id,
    eventType: row.event_type,
    status: row.delivery_status,
    asked: row.asked,
    reason: row.reason,
    responseStatus: row.response_status,
    attemptNumber: row.attempt_number,
    nextRetryAt: isoOrNull(row.next_retry_at),
    errorMessage: row.error_message,
    replayCount: row.replay_count,
    buildId: row.build_id,
    buildNumber: row.build_number,
    coalescedIntoId: row.coalesced_into_id,
    approvedAt: isoOrNull(row.approved_at),
    rejectedAt: isoOrNull(row.rejected_at),
    decidedBy: row.username,
    createdAt: row.created_at.toISOString(),
  };
}

function notWaiting({ status, approvedAt }: Awaited<ReturnType<typeof lockDelivery>>): KilnError {
  const found = approvedAt === null ? status.replaceAll('_', ' ') : 'approved already';
  return new KilnError('conflict', {
    message: `The delivery is ${found}: nothing of it waits for a decision.`,
    fix: '`kiln webhooks replay DELIVERY` judges it anew; what it builds of another repository waits again then.',
  });
}

function noSuchDelivery(): KilnError {
  return new KilnError('not_found', {
    message: 'There is no such delivery.',
    fix: 'Correct the id: `kiln webhooks deliveries WEBHOOK` lists them, for as long as they are kept.',
  });
}
