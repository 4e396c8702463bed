import type { Build } from '../../contracts/builds.js';
import { BUILD_STATUS } from '../../domain/builds/status.js';
import { heldUntil, isHeld } from '../progress/held-build.js';
import { elapsedMs, oneLine } from '../progress/build-view.js';
import type { Style } from '../terminal/style.js';
import { tableLines } from '../terminal/table.js';
import { formatAge, formatDuration } from '../terminal/units.js';
import { cutToWidth } from '../terminal/width.js';
import { triggerText } from './trigger-text.js';
import { changesText } from './what-if-changes-text.js';

/** In less the commit is left out and what a build is about stands below it. */
const NARROW_COLUMNS = 64;

export interface ListCanvas {
  readonly columns: number;
  readonly nowMs: number;
  readonly style: Style;
}

/** Builds as a table: name, status, duration, age, commit and what it is about. */
export function buildListLines(builds: readonly Build[], canvas: ListCanvas): string[] {
  if (builds.length === 0) return ['No builds yet. Start one with: kiln build <folder>'];
  const { style, columns } = canvas;
  const titles = ['BUILD', 'STATUS', 'TIME', 'AGE', 'COMMIT', 'ABOUT'].map((title) => style.dim(title));
  const rows = [titles, ...builds.map((build) => listRow(build, canvas))];
  if (columns >= NARROW_COLUMNS) return tableLines(rows, columns);
  const heads = tableLines(
    rows.map((row) => row.slice(0, 4)),
    columns,
  );
  return heads.flatMap((line, index) => {
    const about = index === 0 ? '' : (rows[index]?.at(-1) ?? '');
    return about === '' ? [line] : [line, `  ${cutToWidth(about, columns - 2)}`];
  });
}

function listRow(build: Build, { style, nowMs }: ListCanvas): string[] {
  return [
    style.bold(`${build.project}#${build.build_number}`),
    statusText(build, style),
    formatDuration(elapsedMs(build, nowMs)),
    formatAge(build.created_at, nowMs),
    build.git_commit?.slice(0, 8) ?? '-',
    oneLine(aboutBuild(build)),
  ];
}

/** A status in its colour; a timeout says so, an asked-for cancel too. */
function statusText(build: Build, style: Style): string {
  const rule = BUILD_STATUS[build.status];
  if (isHeld(build)) return style.tone.warn('held');
  if (build.result.status === 'timeout') return style.tone[rule.tone]('timeout');
  const cancelling = build.cancel_requested_at !== null && !rule.terminal;
  return style.tone[rule.tone](cancelling ? 'cancelling' : rule.label);
}

/** Of a what-if first of which build it is one. The reason of a failure; else the commit's message; else what came out, which only a success has, or what was asked for. */
function aboutBuild(build: Build): string {
  const { what_if: whatIf } = build;
  if (whatIf === undefined) return outcomeOf(build);
  const mark = `what-if of #${whatIf.of_build_number}`;
  return build.status === 'failed'
    ? `${mark}: ${outcomeOf(build)}`
    : `${mark} with ${changesText(whatIf.changes)}`;
}

function outcomeOf(build: Build): string {
  const { result, message } = build;
  if (build.status === 'failed') {
    const stage = result.failure_stage === null ? '' : `failed at ${result.failure_stage}`;
    return result.failure_reason ?? build.error_message ?? stage;
  }
  if (isHeld(build)) return [heldUntil(build), ...(build.gate?.findings ?? [])].join('; ');
  if (message !== null) return message;
  if (build.status === 'success') return build.destinations[0] ?? result.output_image_url ?? '';
  if (build.status === 'cancelled' && result.failure_reason !== null) return result.failure_reason;
  if (build.branch !== null) return `on ${build.branch}`;
  return [build.build_method, `by ${triggerText(build)}`].filter(Boolean).join(', ');
}
