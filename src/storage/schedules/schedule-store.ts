import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import { clockworkOf } from '../../domain/schedules/next-runs.js';
import { MAX_SCHEDULES } from '../../domain/schedules/schedule.js';
import { nextTick } from '../../domain/schedules/ticks.js';
import type { Schedule, ScheduleSettings, ScheduleStore } from '../../ports/schedules.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifySchedules } from '../notify.js';
import { storableOrNull, toJson } from '../storable.js';
import { databaseNow, NOW } from '../times.js';
import { requireSchedule, selectSchedules, selectTicks, toSchedule, toTick } from './read-schedules.js';

/** Schedules as people keep them. Works under the role kiln_api. */
export function createScheduleStore(db: Database): ScheduleStore {
  return {
    create: (tenant, projectId, settings) =>
      inTenant(db, tenant.tenantId, (tx) => create(tx, tenant, projectId, settings)),

    list: (tenant, projectId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const rows = await selectSchedules(tx)
          .$if(projectId !== null, (query) => query.where('s.project_id', '=', projectId))
          .orderBy('p.slug')
          .orderBy('s.schedule_name')
          .execute();
        return rows.map(toSchedule);
      }),

    get: (tenant, projectId, nameOrId) =>
      inTenant(db, tenant.tenantId, async (tx) => toSchedule(await requireSchedule(tx, projectId, nameOrId))),

    change: (tenant, projectId, nameOrId, change, judge) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const before = toSchedule(await requireSchedule(tx, projectId, nameOrId, { locked: true }));
        const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
        const settings: ScheduleSettings = { ...before, ...given };
        judge(settings);
        if (settings.name !== before.name) await requireFreeName(tx, projectId, settings.name);
        const keepsTime =
          settings.isActive === before.isActive &&
          settings.cronExpression === before.cronExpression &&
          settings.timezone === before.timezone;
        await tx
          .updateTable('build_schedules')
          .set({
            ...columnsOf(settings),
            // Times of before are nobody's any more.
            ...(keepsTime ? {} : { next_trigger_at: await nextOf(tx, settings) }),
            revision: sql<number>`revision + 1`,
            updated_at: NOW,
          })
          .where('id', '=', before.id)
          .execute();
        await notifySchedules(tx);
        return toSchedule(await requireSchedule(tx, projectId, before.id));
      }),

    remove: (tenant, projectId, nameOrId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const { id } = await requireSchedule(tx, projectId, nameOrId, { locked: true });
        await tx
          .updateTable('build_schedules')
          .set({
            deleted_at: NOW,
            is_active: false,
            next_trigger_at: null,
            revision: sql<number>`revision + 1`,
          })
          .where('id', '=', id)
          .execute();
        await notifySchedules(tx);
      }),

    ticks: (tenant, scheduleId, limit) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const rows = await selectTicks(tx)
          .where('t.schedule_id', '=', scheduleId)
          .orderBy('t.scheduled_at', 'desc')
          .limit(limit)
          .execute();
        return rows.map(toTick);
      }),

    noteRunNow: (tenant, scheduleId, buildId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const noted = await tx
          .selectFrom('schedule_ticks')
          .select('id')
          .where('build_id', '=', buildId)
          .executeTakeFirst();
        if (noted !== undefined) return;
        const at = await databaseNow(tx);
        await tx
          .insertInto('schedule_ticks')
          .values({
            ...{ tenant_id: tenant.tenantId, schedule_id: scheduleId, build_id: buildId },
            ...{ scheduled_at: at, tick_kind: 'run_now', tick_status: 'started', settled_at: at },
          })
          .onConflict((conflict) => conflict.columns(['schedule_id', 'scheduled_at']).doNothing())
          .execute();
        await tx
          .updateTable('build_schedules')
          .set({ last_triggered_at: at })
          .where('id', '=', scheduleId)
          .execute();
      }),

    backfill: (tenant, scheduleId, at) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        for (const moment of at) {
          await tx
            .insertInto('schedule_ticks')
            .values({
              ...{ tenant_id: tenant.tenantId, schedule_id: scheduleId, scheduled_at: new Date(moment) },
              ...{ tick_kind: 'backfill', tick_status: 'due' },
            })
            .onConflict((conflict) =>
              conflict
                .columns(['schedule_id', 'scheduled_at'])
                .doUpdateSet({
                  ...{ tick_kind: 'backfill', tick_status: 'due', reason: null, settled_at: null },
                  ask_at: NOW,
                })
                .where('schedule_ticks.tick_status', 'in', ['skipped', 'failed']),
            )
            .execute();
        }
        await notifySchedules(tx);
        const rows = await selectTicks(tx)
          .where('t.schedule_id', '=', scheduleId)
          .where(
            't.scheduled_at',
            'in',
            at.map((moment) => new Date(moment)),
          )
          .orderBy('t.scheduled_at')
          .execute();
        return rows.map(toTick);
      }),
  };
}

async function create(
  tx: Tx,
  tenant: TenantContext,
  projectId: string,
  settings: ScheduleSettings,
): Promise<Schedule> {
  // Names and their number hold at once: two that come together wait for each other here.
  await tx.selectFrom('projects').select('id').where('id', '=', projectId).forNoKeyUpdate().execute();
  await requireFreeName(tx, projectId, settings.name);
  const { count } = await tx
    .selectFrom('build_schedules')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('project_id', '=', projectId)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  if (count >= MAX_SCHEDULES) {
    throw new KilnError('conflict', {
      message: `A project has ${String(MAX_SCHEDULES)} schedules at most.`,
      fix: 'Remove one that is not needed: `kiln schedules rm NAME`.',
    });
  }
  const { id } = await tx
    .insertInto('build_schedules')
    .values({
      ...{ tenant_id: tenant.tenantId, project_id: projectId, created_by_user_id: tenant.userId },
      ...columnsOf(settings),
      next_trigger_at: await nextOf(tx, settings),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await notifySchedules(tx);
  return toSchedule(await requireSchedule(tx, projectId, id));
}

async function requireFreeName(tx: Tx, projectId: string, name: string): Promise<void> {
  const row = await tx
    .selectFrom('build_schedules')
    .select('id')
    .where('project_id', '=', projectId)
    .where('schedule_name', '=', name)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return;
  throw new KilnError('conflict', {
    message: `There is a schedule "${name}" in the project already.`,
    fix: 'Change it with `kiln schedules set`, or choose another name.',
    fields: [{ field: 'schedule_name', message: 'is taken' }],
  });
}

async function nextOf(tx: Tx, settings: ScheduleSettings): Promise<Date | null> {
  if (!settings.isActive) return null;
  const next = nextTick(clockworkOf(settings), (await databaseNow(tx)).getTime());
  return next === null ? null : new Date(next);
}

function columnsOf(settings: ScheduleSettings) {
  return {
    schedule_name: settings.name,
    cron_expression: settings.cronExpression,
    timezone: settings.timezone,
    jitter_seconds: settings.jitterSeconds,
    overlap: settings.overlap,
    catchup_window_seconds: settings.catchupWindowSeconds,
    git_url: settings.gitUrl,
    git_branch: settings.gitBranch,
    build_method: settings.buildMethod,
    build_config_preset: toJson(settings.preset),
    is_active: settings.isActive,
    pause_note: settings.isActive ? null : storableOrNull(settings.pauseNote),
  };
}
