import { type Insertable, sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import { isUuid } from '../../domain/ids.js';
import type { NotificationTarget, TargetSettings } from '../../ports/notifications.js';
import type { Tx } from '../database.js';
import type { NotificationTargetsTable } from '../schema/notifications.js';
import { toJson } from '../storable.js';

/** The columns of settings, without those that are not said. */
export function settingColumns(
  settings: Partial<TargetSettings>,
): Partial<Insertable<NotificationTargetsTable>> {
  const { name, url, events, isActive } = settings;
  return {
    ...(name !== undefined && { target_name: name }),
    ...(url !== undefined && { url }),
    ...(events !== undefined && { events: toJson([...new Set(events)]) }),
    ...(isActive !== undefined && { is_active: isActive }),
  };
}

/** All targets that the transaction sees, each with what waits for it and what was given up. */
export function selectTargets(tx: Tx) {
  const count = (state: 'pending' | 'dead') => sql<number>`(
    SELECT count(*)::int FROM notification_deliveries d WHERE d.target_id = t.id AND d.delivery_state = ${state})`;
  return tx
    .selectFrom('notification_targets as t')
    .leftJoin('projects as p', 'p.id', 't.project_id')
    .select(['t.id', 't.target_name', 't.target_kind', 't.url', 't.git_host', 't.events', 't.is_active'])
    .select(['t.disabled_at', 't.disabled_reason', 't.created_at', 't.updated_at', 'p.slug as project'])
    .select([count('pending').as('pending_count'), count('dead').as('dead_count')]);
}

type Row = Awaited<ReturnType<ReturnType<typeof selectTargets>['executeTakeFirstOrThrow']>>;

export function toTarget(row: Row): NotificationTarget {
  return {
    id: row.id,
    name: row.target_name,
    kind: row.target_kind,
    project: row.project,
    url: row.url,
    gitHost: row.git_host,
    events: row.events,
    isActive: row.is_active,
    disabled:
      row.disabled_at === null
        ? null
        : { at: row.disabled_at.toISOString(), reason: row.disabled_reason ?? '' },
    pendingCount: row.pending_count,
    deadCount: row.dead_count,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/** The tenant's target of this name or id, its row locked; not_found otherwise. */
export async function lockTarget(tx: Tx, nameOrId: string) {
  const row = await tx
    .selectFrom('notification_targets')
    .selectAll()
    .where(isUuid(nameOrId) ? 'id' : 'target_name', '=', nameOrId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (row === undefined) throw noSuchTarget(nameOrId);
  return row;
}

export async function readTarget(tx: Tx, nameOrId: string): Promise<NotificationTarget> {
  const row = await selectTargets(tx)
    .where(isUuid(nameOrId) ? 't.id' : 't.target_name', '=', nameOrId)
    .executeTakeFirst();
  if (row === undefined) throw noSuchTarget(nameOrId);
  return toTarget(row);
}

function noSuchTarget(nameOrId: string): KilnError {
  return new KilnError('not_found', {
    message: `There is no target of notifications ${JSON.stringify(nameOrId.slice(0, 100))}.`,
    fix: 'Correct the name: `kiln notifications` lists them.',
  });
}
