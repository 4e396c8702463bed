import type { Schedule, Tick } from '../../contracts/schedules.js';
import { spanText } from '../../domain/schedules/schedule.js';
import { localText } from '../../domain/schedules/next-runs.js';
import { stripEscapes } from '../terminal/escapes.js';
import type { Style } from '../terminal/style.js';
import { factLines, wrappedRows } from '../terminal/table.js';
import { hangingLines } from '../terminal/wrap.js';
import { presetText } from './preset-text.js';

const INDENT = 2;
const SHOWN_TICKS = 20;

/** Schedules of one project or of all as a table, with what hinders one below it. */
export function scheduleListLines(schedules: readonly Schedule[], columns: number, style: Style): string[] {
  if (schedules.length === 0) return ['No schedules yet. `kiln schedules add PROJECT/NAME` adds one.'];
  const rows = schedules.map((schedule) => [
    `${schedule.project}/${schedule.schedule_name}`,
    schedule.is_active ? 'active' : 'paused',
    schedule.cron_expression,
    schedule.timezone,
    schedule.git_branch,
    schedule.is_active ? (schedule.next_runs[0]?.local ?? '-') : '-',
  ]);
  const [head = [], ...lines] = wrappedRows(
    [['SCHEDULE', 'STATUS', 'CRON', 'ZONE', 'BRANCH', 'NEXT'], ...rows],
    columns,
  );
  const remark = (text: string): string[] =>
    hangingLines(stripEscapes(text).replaceAll('\n', ' '), columns, INDENT).map((line) => style.dim(line));
  return [
    ...head.map((line) => style.dim(line)),
    ...schedules.flatMap(({ trouble, pause_note: note }, index) => [
      ...(lines[index] ?? []),
      ...(note === null ? [] : remark(`paused: ${note}`)),
      ...(trouble === null ? [] : remark(`not in step with Temporal: ${trouble}`)),
    ]),
  ];
}

/** A schedule as one page, with its next runs in its zone and UTC. */
export function schedulePageLines(schedule: Schedule, columns: number, style: Style): string[] {
  const { is_active: isActive, pause_note: note } = schedule;
  const facts: [string, string][] = [
    ['status', isActive ? 'active' : `paused${note === null ? '' : `: ${note.replaceAll('\n', ' ')}`}`],
    ['when', `${schedule.cron_expression} (${schedule.timezone})`],
    ['jitter', schedule.jitter_seconds === 0 ? '' : `up to ${spanText(schedule.jitter_seconds)}`],
    ['overlap', schedule.overlap],
    ['catch up', spanText(schedule.catchup_window_seconds)],
    ['builds', `${schedule.git_url}, branch ${schedule.git_branch}`],
    ['method', schedule.build_method ?? ''],
    ['preset', presetText(schedule.build_config_preset)],
    ['trouble', schedule.trouble ?? ''],
  ];
  const runs = schedule.next_runs.map(({ at, local }) => [local, `${minute(at)} UTC`]);
  return [
    style.bold(`${schedule.project}/${schedule.schedule_name}`),
    ...factLines(
      facts.map(([name, value]) => [name, stripEscapes(value)]),
      columns,
    ),
    '',
    style.dim(isActive ? 'Next runs' : 'It would run at'),
    ...wrappedRows(runs, columns, INDENT).flat(),
  ];
}

/** What became of its times, newest first. */
export function tickLines(
  schedule: Schedule,
  ticks: readonly Tick[],
  columns: number,
  style: Style,
): string[] {
  if (ticks.length === 0) return [];
  const rows = ticks
    .slice(0, SHOWN_TICKS)
    .map((tick) => [
      localText(schedule.timezone, Date.parse(tick.scheduled_at)),
      tick.kind,
      tick.build_number === null ? tick.status : `${schedule.project}#${String(tick.build_number)}`,
      stripEscapes(tick.reason ?? '').replaceAll('\n', ' '),
    ]);
  return ['', style.dim('What became of its times'), ...wrappedRows(rows, columns, INDENT).flat()];
}

function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
