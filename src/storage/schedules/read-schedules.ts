import type { Selectable } from 'kysely';
import { isUuid } from '../../domain/ids.js';
import { KilnError } from '../../domain/errors.js';
import type { Schedule, Tick } from '../../ports/schedules.js';
import type { Tx } from '../database.js';
import type { BuildSchedulesTable, ScheduleTicksTable } from '../schema/schedules.js';
import { isoOrNull } from '../times.js';

type Row = Selectable<BuildSchedulesTable> & { readonly project: string };

/** Schedules that are not removed, with the slugs of their projects. */
export function selectSchedules(tx: Tx) {
  return tx
    .selectFrom('build_schedules as s')
    .innerJoin('projects as p', 'p.id', 's.project_id')
    .selectAll('s')
    .select('p.slug as project')
    .where('s.deleted_at', 'is', null);
}

/** One of a project by name or id, locked where it is to be changed; not_found otherwise. */
export async function requireSchedule(
  tx: Tx,
  projectId: string,
  nameOrId: string,
  options: { readonly locked?: boolean } = {},
): Promise<Row> {
  const row = await selectSchedules(tx)
    .where('s.project_id', '=', projectId)
    .where((eb) =>
      eb.or([eb('s.schedule_name', '=', nameOrId), ...(isUuid(nameOrId) ? [eb('s.id', '=', nameOrId)] : [])]),
    )
    .$if(options.locked === true, (query) => query.forUpdate('s'))
    .executeTakeFirst();
  if (row !== undefined) return row;
  throw new KilnError('not_found', {
    message: `There is no schedule "${nameOrId.slice(0, 100)}" in the project.`,
    fix: '`kiln schedules` lists those that there are.',
  });
}

export function toSchedule(row: Row): Schedule {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    projectId: row.project_id,
    project: row.project,
    name: row.schedule_name,
    cronExpression: row.cron_expression,
    timezone: row.timezone,
    jitterSeconds: row.jitter_seconds,
    overlap: row.overlap,
    catchupWindowSeconds: row.catchup_window_seconds,
    gitUrl: row.git_url,
    gitBranch: row.git_branch,
    buildMethod: row.build_method,
    preset: row.build_config_preset,
    isActive: row.is_active,
    pauseNote: row.pause_note,
    lastTriggeredAt: isoOrNull(row.last_triggered_at),
    trouble: row.revision === row.synced_revision ? null : row.trouble,
    revision: row.revision,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

export function selectTicks(tx: Tx) {
  return tx
    .selectFrom('schedule_ticks as t')
    .leftJoin('builds as b', 'b.id', 't.build_id')
    .selectAll('t')
    .select('b.build_number');
}

export function toTick(row: Selectable<ScheduleTicksTable> & { build_number: number | null }): Tick {
  return {
    id: row.id,
    scheduledAt: row.scheduled_at.toISOString(),
    kind: row.tick_kind,
    status: row.tick_status,
    buildId: row.build_id,
    buildNumber: row.build_number,
    reason: row.reason,
  };
}
