import type {
  Schedule as ShownSchedule,
  ScheduleChange,
  Tick as ShownTick,
} from '../../../contracts/schedules.js';
import { scheduledBuild } from '../../../acceptance/scheduled-build.js';
import { clockworkOf, nextRuns } from '../../../domain/schedules/next-runs.js';
import { namingField } from '../../../domain/secrets/needed-registries.js';
import type { Schedule, ScheduleSettings, Tick } from '../../../ports/schedules.js';
import type { ApiDeps } from '../../deps.js';

const SHOWN_RUNS = 5;

/** A schedule as people see it. The next runs are computed now: they are true whether Temporal answers or not. */
export function showSchedule(schedule: Schedule): ShownSchedule {
  const runs = nextRuns(clockworkOf(schedule), Date.now(), SHOWN_RUNS);
  return {
    id: schedule.id,
    project: schedule.project,
    schedule_name: schedule.name,
    cron_expression: schedule.cronExpression,
    timezone: schedule.timezone,
    git_url: schedule.gitUrl,
    git_branch: schedule.gitBranch,
    build_method: schedule.buildMethod,
    build_config_preset: schedule.preset,
    jitter_seconds: schedule.jitterSeconds,
    overlap: schedule.overlap,
    catchup_window_seconds: schedule.catchupWindowSeconds,
    is_active: schedule.isActive,
    pause_note: schedule.pauseNote,
    last_triggered_at: schedule.lastTriggeredAt,
    next_trigger_at: schedule.isActive ? (runs[0]?.at ?? null) : null,
    next_runs: runs,
    trouble: schedule.trouble,
    created_at: schedule.createdAt,
    updated_at: schedule.updatedAt,
  };
}

export function showTick({ scheduledAt, kind, status, buildId, buildNumber, reason }: Tick): ShownTick {
  return { scheduled_at: scheduledAt, kind, status, build_id: buildId, build_number: buildNumber, reason };
}

/** What a request says of a schedule; undefined for what it does not say. */
export function settingsOf(body: ScheduleChange): Partial<ScheduleSettings> {
  const said = {
    name: body.schedule_name,
    cronExpression: body.cron_expression,
    timezone: body.timezone,
    gitUrl: body.git_url,
    gitBranch: body.git_branch,
    buildMethod: body.build_method,
    preset: body.build_config_preset,
    jitterSeconds: body.jitter_seconds,
    overlap: body.overlap,
    catchupWindowSeconds: body.catchup_window_seconds,
    isActive: body.is_active,
    pauseNote: body.pause_note,
  };
  return Object.fromEntries(
    Object.entries(said).filter(([, value]) => value !== undefined),
  ) as Partial<ScheduleSettings>;
}

/** Raises what could be no build, when it is written down and not at night. */
export function judgeSchedule(
  { checkGitUrl }: Pick<ApiDeps, 'checkGitUrl'>,
  settings: ScheduleSettings,
): void {
  scheduledBuild(settings, 'tried');
  try {
    checkGitUrl(settings.gitUrl);
  } catch (error) {
    throw namingField(error, 'git_url');
  }
}
