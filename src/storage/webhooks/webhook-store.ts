import { randomUUID } from 'node:crypto';
import { KilnError } from '../../domain/errors.js';
import type { Sealer } from '../../ports/secrets.js';
import type { WebhookStore } from '../../ports/webhooks.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { lockKeysShared } from '../locks.js';
import { notifyReconciliation } from '../notify.js';
import { sealedColumns, webhookBelongsTo } from '../secrets/belongs-to.js';
import { NOW } from '../times.js';
import {
  beginReadingAnew,
  lockWebhook,
  readWebhook,
  selectWebhooks,
  settingColumns,
  toWebhook,
} from './webhook-rows.js';

/** Webhooks as people manage them. Works under the role kiln_api. */
export function createWebhookStore(db: Database, sealer: Sealer): WebhookStore {
  const seal = async (tx: Tx, key: { tenant_id: string; id: string }, secret: string) => {
    await lockKeysShared(tx);
    return sealedColumns(await sealer.seal(Buffer.from(secret), webhookBelongsTo(key)));
  };
  return {
    create: (tenant, projectId, settings, secret) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        await refuseTaken(tx, settings.name, null);
        const key = { tenant_id: tenant.tenantId, id: randomUUID() };
        const { name, provider, repositoryUrl, eventTypes } = settings;
        await tx
          .insertInto('webhook_configs')
          .values({
            ...{ webhook_name: name, provider, repository_url: repositoryUrl, event_types: '[]' },
            ...settingColumns({ ...settings, eventTypes }),
            ...key,
            project_id: projectId,
            ...(await seal(tx, key, secret)),
            created_by_user_id: tenant.userId,
          })
          .execute();
        await notifyReconciliation(tx);
        return readWebhook(tx, key.id);
      }),

    list: (tenant, projectId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const rows = await selectWebhooks(tx)
          .$if(projectId !== null, (query) => query.where('w.project_id', '=', projectId))
          .orderBy('w.webhook_name')
          .execute();
        return rows.map(toWebhook);
      }),

    get: (tenant, nameOrId) => inTenant(db, tenant.tenantId, (tx) => readWebhook(tx, nameOrId)),

    change: (tenant, nameOrId, change) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const { id, isActive } = await lockWebhook(tx, nameOrId);
        const isOtherPlace = change.repositoryUrl !== undefined || (change.isActive === true && !isActive);
        if (change.name !== undefined) await refuseTaken(tx, change.name, id);
        await tx
          .updateTable('webhook_configs')
          .set({
            ...settingColumns(change),
            ...(change.repositoryUrl !== undefined && { is_verified: false }),
            // What was pushed elsewhere, or while it was switched off, was not missed.
            ...(isOtherPlace && beginReadingAnew()),
            updated_at: NOW,
          })
          .where('id', '=', id)
          .execute();
        if (isOtherPlace) await notifyReconciliation(tx);
        return readWebhook(tx, id);
      }),

    reconcile: (tenant, nameOrId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const { id, isActive } = await lockWebhook(tx, nameOrId);
        if (!isActive) throw switchedOff();
        await tx
          .updateTable('webhook_configs')
          .set({ next_reconcile_at: NOW })
          .where('id', '=', id)
          .execute();
        await notifyReconciliation(tx);
        return readWebhook(tx, id);
      }),

    rotate: (tenant, nameOrId, secret) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const key = await lockWebhook(tx, nameOrId);
        await tx
          .updateTable('webhook_configs')
          .set({ ...(await seal(tx, key, secret)), is_verified: false, updated_at: NOW })
          .where('id', '=', key.id)
          .execute();
        return readWebhook(tx, key.id);
      }),

    remove: (tenant, nameOrId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const { id } = await lockWebhook(tx, nameOrId);
        await tx.deleteFrom('webhook_configs').where('id', '=', id).execute();
      }),
  };
}

function switchedOff(): KilnError {
  return new KilnError('conflict', {
    message: 'The webhook is switched off: nothing is built of its repository.',
    fix: 'Switch it on with `kiln webhooks set NAME --on`, which reads the heads anew.',
  });
}

async function refuseTaken(tx: Tx, name: string, by: string | null): Promise<void> {
  const other = await tx
    .selectFrom('webhook_configs')
    .select('id')
    .where('webhook_name', '=', name)
    .$if(by !== null, (query) => query.where('id', '!=', by))
    .executeTakeFirst();
  if (other === undefined) return;
  throw new KilnError('conflict', {
    message: `There is a webhook "${name}" already.`,
    fix: 'Change it with `kiln webhooks set`, or choose another name.',
    fields: [{ field: 'name', message: 'is taken' }],
  });
}
