import { randomUUID } from 'node:crypto';
import { KilnError } from '../../domain/errors.js';
import type { NotificationTargetStore, TargetSecret } from '../../ports/notifications.js';
import type { Sealer } from '../../ports/secrets.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { lockKeysShared } from '../locks.js';
import { type NotificationOwner, notificationBelongsTo, sealedColumns } from '../secrets/belongs-to.js';
import { NOW } from '../times.js';
import { openTargetSecret } from './target-secret.js';
import { lockTarget, readTarget, selectTargets, settingColumns, toTarget } from './target-rows.js';

/** Targets of notifications as people manage them. Works under the role kiln_api. */
export function createNotificationTargetStore(db: Database, sealer: Sealer): NotificationTargetStore {
  const seal = async (tx: Tx, owner: NotificationOwner, secret: TargetSecret) => {
    await lockKeysShared(tx);
    return sealedColumns(
      await sealer.seal(Buffer.from(JSON.stringify(secret)), notificationBelongsTo(owner)),
    );
  };
  return {
    create: (tenant, target, secret) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        await refuseTaken(tx, target.name, null);
        const { name, url, events, kind, gitHost, projectId } = target;
        const owner = { tenant_id: tenant.tenantId, id: randomUUID(), target_kind: kind, url };
        await tx
          .insertInto('notification_targets')
          .values({
            ...{ target_name: name, events: '[]', ...settingColumns({ events, isActive: target.isActive }) },
            ...owner,
            ...{ project_id: projectId, git_host: gitHost },
            ...(await seal(tx, owner, { current: secret, previous: null })),
            created_by_user_id: tenant.userId,
          })
          .execute();
        return readTarget(tx, owner.id);
      }),

    list: (tenant, projectId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const rows = await selectTargets(tx)
          .$if(projectId !== null, (query) =>
            query.where((eb) => eb.or([eb('t.project_id', 'is', null), eb('t.project_id', '=', projectId)])),
          )
          .orderBy('t.target_name')
          .execute();
        return rows.map(toTarget);
      }),

    get: (tenant, nameOrId) => inTenant(db, tenant.tenantId, (tx) => readTarget(tx, nameOrId)),

    change: (tenant, nameOrId, { token, gitHost, ...change }) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const row = await lockTarget(tx, nameOrId);
        if (change.name !== undefined) await refuseTaken(tx, change.name, row.id);
        const owner = { ...row, url: change.url ?? row.url };
        if (token !== undefined && row.target_kind === 'webhook')
          throw wrong(
            'token',
            'is for git hosts: `kiln notifications rotate` gives a webhook another secret',
          );
        if (token === undefined && row.target_kind !== 'webhook' && owner.url !== row.url)
          throw wrong(
            'token',
            'has to come with another url: the one that is stored is bound to the old one',
          );
        await tx
          .updateTable('notification_targets')
          .set({
            ...settingColumns(change),
            ...(change.url !== undefined && row.git_host !== null && { git_host: gitHost ?? row.git_host }),
            ...(token !== undefined && (await seal(tx, owner, { current: token, previous: null }))),
            ...(change.isActive === true && { disabled_at: null, disabled_reason: null }),
            updated_at: NOW,
          })
          .where('id', '=', row.id)
          .execute();
        return readTarget(tx, row.id);
      }),

    rotate: (tenant, nameOrId, secret, bothUntil) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const row = await lockTarget(tx, nameOrId);
        if (row.target_kind !== 'webhook')
          throw new KilnError('conflict', {
            message: `${row.target_name} holds a token of a git host, which Kiln cannot make.`,
            fix: 'Make a new one there, and store it with `kiln notifications set TARGET --token-from-file FILE`.',
          });
        const { current } = await openTargetSecret(sealer, row);
        const previous = { secret: current, until: bothUntil.toISOString() };
        await tx
          .updateTable('notification_targets')
          .set({ ...(await seal(tx, row, { current: secret, previous })), updated_at: NOW })
          .where('id', '=', row.id)
          .execute();
        return readTarget(tx, row.id);
      }),

    remove: (tenant, nameOrId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const { id } = await lockTarget(tx, nameOrId);
        await tx.deleteFrom('notification_targets').where('id', '=', id).execute();
      }),
  };
}

async function refuseTaken(tx: Tx, name: string, by: string | null): Promise<void> {
  const other = await tx
    .selectFrom('notification_targets')
    .select('id')
    .where('target_name', '=', name)
    .$if(by !== null, (query) => query.where('id', '!=', by))
    .executeTakeFirst();
  if (other === undefined) return;
  throw new KilnError('conflict', {
    message: `There is a target "${name}" already.`,
    fix: 'Change it with `kiln notifications set`, or choose another name.',
    fields: [{ field: 'name', message: 'is taken' }],
  });
}

function wrong(field: string, message: string): KilnError {
  return new KilnError('invalid_request', { fields: [{ field, message }] });
}
