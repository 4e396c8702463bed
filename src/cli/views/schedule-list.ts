import type { Schedule, Tick } from '../../contracts/schedules.js';
import { spanText } from '../../domain/schedules/schedule.js';
import { localText } from '../../domain/schedules/next-runs.js';
import type { Style } from '../terminal/style.js';
import { tableLines } from '../terminal/table.js';

const INDENT = '  ';
const SHOWN_TICKS = 20;

/** Schedules as a table, with what hinders one below it. */
export function scheduleListLines(schedules: readonly Schedule[], columns: number, style: Style): string[] {
  if (schedules.length === 0) return ['No schedules yet. `kiln schedules add NAME` adds one.'];
  const rows = schedules.map((schedule) => [
    schedule.schedule_name,
    schedule.is_active ? 'active' : 'paused',
    schedule.cron_expression,
    schedule.timezone,
    schedule.git_branch,
    schedule.is_active ? (schedule.next_runs[0]?.local ?? '-') : '-',
  ]);
  const [head = '', ...lines] = tableLines(
    [['SCHEDULE', 'STATUS', 'CRON', 'ZONE', 'BRANCH', 'NEXT'], ...rows],
    columns,
  );
  return [
    style.dim(head),
    ...schedules.flatMap(({ trouble, pause_note: note }, index) => [
      lines[index] ?? '',
      ...(note === null ? [] : [`${INDENT}${style.dim(`paused: ${note}`)}`]),
      ...(trouble === null ? [] : [`${INDENT}${style.dim(`not in step with Temporal: ${trouble}`)}`]),
    ]),
  ];
}

/** A schedule as one page, with its next runs in its zone and UTC. */
export function schedulePageLines(schedule: Schedule, style: Style): string[] {
  const facts: [string, string][] = [
    [
      'status',
      schedule.is_active
        ? 'active'
        : `paused${schedule.pause_note === null ? '' : `: ${schedule.pause_note}`}`,
    ],
    ['when', `${schedule.cron_expression} (${schedule.timezone})`],
    ['jitter', schedule.jitter_seconds === 0 ? '' : `up to ${spanText(schedule.jitter_seconds)}`],
    ['overlap', schedule.overlap],
    ['catch up', spanText(schedule.catchup_window_seconds)],
    ['builds', `${schedule.git_url}, branch ${schedule.git_branch}`],
    ['method', schedule.build_method ?? ''],
    ['trouble', schedule.trouble ?? ''],
  ];
  return [
    style.bold(`${schedule.project}/${schedule.schedule_name}`),
    ...tableLines(
      facts.filter(([, value]) => value !== '').map(([name, value]) => [`${INDENT}${name}`, value]),
      Infinity,
    ),
    '',
    style.dim(schedule.is_active ? 'Next runs' : 'It would run at'),
    ...tableLines(
      schedule.next_runs.map(({ at, local }) => [`${INDENT}${local}`, `${minute(at)} UTC`]),
      Infinity,
    ),
  ];
}

/** What became of its times, newest first. */
export function tickLines(schedule: Schedule, ticks: readonly Tick[], style: Style): string[] {
  if (ticks.length === 0) return [];
  const rows = ticks
    .slice(0, SHOWN_TICKS)
    .map((tick) => [
      `${INDENT}${localText(schedule.timezone, Date.parse(tick.scheduled_at))}`,
      tick.kind,
      tick.build_number === null ? tick.status : `${schedule.project}#${String(tick.build_number)}`,
      tick.reason ?? '',
    ]);
  return ['', style.dim('What became of its times'), ...tableLines(rows, Infinity)];
}

function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
