import { BUILD_STATUS } from '../../domain/builds/status.js';
import { STEP_STATUS } from '../../domain/builds/step-status.js';
import type { Build, BuildStep } from '../../contracts/builds.js';
import type { Publication } from '../../contracts/publications.js';
import type { Style } from '../terminal/style.js';
import { formatDuration, plural } from '../terminal/units.js';
import { stripEscapes } from '../terminal/escapes.js';
import { publicationText } from './publication-view.js';
import { waitText } from './queue-place.js';
import { cutToWidth, displayWidth, padToWidth } from '../terminal/width.js';
import { heldLines, isHeld } from './held-build.js';
import type { BuildState } from './build-state.js';

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const WIDEST = 110;
const MOST_TAIL_LINES = 6;
const FEWEST_TAIL_LINES = 2;

/** How a build is shown that waits at its gate. */
const HELD = { terminal: false, label: 'held', tone: 'warn' } as const;

/** Room and moment of a view. `rows` limits the height; Infinity shows everything. */
export interface Canvas {
  readonly columns: number;
  readonly rows: number;
  readonly nowMs: number;
  readonly style: Style;
}

/** The spinner's picture at a moment. */
export function spinner(nowMs: number): string {
  return SPINNER[Math.floor(nowMs / FRAME_MS) % SPINNER.length] ?? '';
}

/** A build in progress as lines: header, finished steps, running steps with their last log lines. Nothing is wider than the canvas. */
export function buildLines(state: BuildState, canvas: Canvas): string[] {
  if (state.build === null) return [];
  const steps = lastSeen(state.build, state.steps).filter((step) => step.status !== 'pending');
  const header = headerLine(state, state.build, canvas);
  if (isHeld(state.build))
    return [header, ...heldLines(state.build).map((line) => cutToWidth(line, canvas.columns))].slice(
      0,
      Math.max(1, canvas.rows),
    );
  const running = steps.filter((step) => step.status === 'running').length;
  const free = canvas.rows - 1 - steps.length - state.publications.length;
  const tailRows = Math.max(
    FEWEST_TAIL_LINES,
    Math.min(MOST_TAIL_LINES, Math.floor(free / Math.max(1, running))),
  );
  const blocks = steps.map((step) => ({
    lines: stepLines(step, state, tailRows, canvas),
    isFinished: step.status !== 'running',
  }));
  const pushes = state.publications.map((one) => ({
    lines: [publicationLine(one, canvas)],
    isFinished: one.completed_at !== null,
  }));
  return [header, ...fitted([...blocks, ...pushes], canvas)];
}

/** Of a build that does not run, no step does: those that did were lost with their attempt. */
export function lastSeen({ status }: Build, steps: readonly BuildStep[]): readonly BuildStep[] {
  if (status === 'in_progress') return steps;
  return steps.map((step) =>
    step.status === 'running' ? { ...step, status: 'pending', started_at: null } : step,
  );
}

/* Finished steps (one line each) make room first, the oldest before the others: what runs stays in sight. */
function fitted(
  blocks: readonly { readonly lines: readonly string[]; readonly isFinished: boolean }[],
  { rows, columns, style }: Canvas,
): string[] {
  const room = rows - 1;
  const over = blocks.reduce((sum, { lines }) => sum + lines.length, 0) - room;
  if (over <= 0) return blocks.flatMap(({ lines }) => lines);
  let toHide = over + 1;
  const kept = blocks.filter(({ isFinished }) => !isFinished || toHide-- <= 0);
  const hidden = style.dim(cutToWidth(`   … ${plural(blocks.length - kept.length, 'more step')}`, columns));
  return [hidden, ...kept.flatMap(({ lines }) => lines)].slice(0, Math.max(0, room));
}

/** One line for a step: mark, number, name, and on the right CACHED or how long. */
export function stepLine(step: BuildStep, canvas: Canvas): string {
  const { style } = canvas;
  const { tone } = STEP_STATUS[step.status];
  const columns = Math.min(canvas.columns, WIDEST);
  const right = step.cached ? style.tone.good('CACHED') : style.dim(stepTime(step, canvas.nowMs));
  const left = ` ${style.tone[tone](stepMark(step, canvas.nowMs))} ${style.dim(`#${step.step_number}`)} ${oneLine(step.step_name)}`;
  const room = columns - displayWidth(right) - 1;
  if (room < 8) return cutToWidth(left, columns);
  return `${padToWidth(cutToWidth(left, room), room)} ${right}`.trimEnd();
}

const PUBLICATION_MARK = { copied: '✓', given_up: '✗', waiting: '·' } as const;
const PUBLICATION_TONE = { copied: 'good', given_up: 'bad', waiting: 'warn', copying: 'active' } as const;

function publicationLine(publication: Publication, { columns, style, nowMs }: Canvas): string {
  const { status, repository } = publication;
  const mark = status === 'copying' ? spinner(nowMs) : PUBLICATION_MARK[status];
  const text = `push ${oneLine(repository)}: ${publicationText(publication)}`;
  return cutToWidth(` ${style.tone[PUBLICATION_TONE[status]](mark)} ${text}`, Math.min(columns, WIDEST));
}

function stepLines(step: BuildStep, state: BuildState, tailRows: number, canvas: Canvas): string[] {
  const line = stepLine(step, canvas);
  if (step.status !== 'running') return [line];
  const tail = (state.tails[step.step_number] ?? []).slice(-tailRows);
  return [
    line,
    ...tail.map((text) => canvas.style.dim(cutToWidth(`   │ ${stripEscapes(text)}`, canvas.columns))),
  ];
}

function headerLine(state: BuildState, build: Build, canvas: Canvas): string {
  const { style, nowMs } = canvas;
  const rule = isHeld(build) ? HELD : BUILD_STATUS[build.status];
  const mark = rule.terminal ? (build.status === 'success' ? '✓' : '✗') : spinner(nowMs);
  const status = build.cancel_requested_at !== null && !rule.terminal ? 'cancelling' : rule.label;
  const parts = [
    style.tone[rule.tone](`${mark} ${build.project}#${build.build_number} ${status}`),
    formatDuration(elapsedMs(build, nowMs)),
    ...headerNotes(state, build, nowMs).map((note) => style.dim(note)),
  ];
  return cutToWidth(parts.join(style.dim(' · ')), canvas.columns);
}

function waitNote({ place }: BuildState, build: Build, nowMs: number): string {
  if (place !== null && !isHeld(build)) return waitText(place, nowMs);
  return build.queue_reason ?? 'waiting for a free slot';
}

function headerNotes(state: BuildState, build: Build, nowMs: number): string[] {
  const done = state.steps.filter((step) => STEP_STATUS[step.status].terminal).length;
  const cached = state.steps.filter((step) => step.cached).length;
  return [
    ...(build.status === 'queued' ? [waitNote(state, build, nowMs)] : []),
    ...(state.steps.length > 0 ? [`${done}/${state.steps.length} steps`] : []),
    ...(cached > 0 ? [`${cached} cached`] : []),
    ...(state.attempt > 1 ? [`attempt ${state.attempt}`] : []),
    ...(state.connected ? [] : ['connection lost, trying again']),
  ];
}

/** How long a build takes so far, or took. */
export function elapsedMs(build: Build, nowMs: number): number {
  if (build.result.total_duration_milliseconds !== null) return build.result.total_duration_milliseconds;
  const end = build.completed_at === null ? nowMs : Date.parse(build.completed_at);
  return end - Date.parse(build.created_at);
}

/** A step's duration as text; empty when it never ran. */
function stepTime(step: BuildStep, nowMs: number): string {
  if (step.duration_milliseconds !== null) return formatDuration(step.duration_milliseconds);
  if (step.started_at === null) return '';
  return formatDuration(
    (step.completed_at === null ? nowMs : Date.parse(step.completed_at)) - Date.parse(step.started_at),
  );
}

function stepMark(step: BuildStep, nowMs: number): string {
  if (step.status === 'running') return spinner(nowMs);
  return { pending: '·', success: '✓', failed: '✗', skipped: '-' }[step.status];
}

/** A name in one line: RUN instructions may span several. */
export function oneLine(name: string): string {
  return stripEscapes(name).replace(/\s+/g, ' ').trim();
}
