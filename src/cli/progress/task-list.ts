import type { Style } from '../terminal/style.js';
import { formatDuration } from '../terminal/units.js';
import { cutToWidth, displayWidth } from '../terminal/width.js';
import { spinner } from './build-view.js';

const WORTH_A_TIME_MS = 500;

/** One piece of work that a person waits for. */
export interface Task {
  /** Changes the words, for instance `BuildKit 0.29.0 compiling`. */
  update(text: string): void;
  /**
   * Tells how far it is, as often as is known, in forms from the longest to the shortest: the first that fits is shown, without the
   * dots and the time of other running tasks.
   */
  measure(forms: readonly [string, ...string[]]): void;
  /** Ends well; the words replace the title when given. */
  done(text?: string): void;
  /** Ends with something to know, but goes on. */
  warn(text?: string): void;
  fail(text?: string): void;
}

export type TaskOutcome = 'running' | 'done' | 'warn' | 'fail';

/** A task as a view sees it. */
export interface TaskState {
  readonly title: string;
  /** How far it is; null when only the title is known. */
  readonly measure: readonly [string, ...string[]] | null;
  readonly outcome: TaskOutcome;
  readonly startedMs: number;
  readonly endedMs: number | null;
}

/** The line of a task: mark, words and, when it took noticeable time, how long. */
export function taskLine(task: TaskState, canvas: { columns: number; nowMs: number; style: Style }): string {
  const { style } = canvas;
  const marks = {
    running: style.tone.active(spinner(canvas.nowMs)),
    done: style.tone.good('✓'),
    warn: style.tone.warn('!'),
    fail: style.tone.bad('✗'),
  };
  const tookMs = (task.endedMs ?? canvas.nowMs) - task.startedMs;
  const running = task.outcome === 'running';
  if (running && task.measure !== null) {
    const room = canvas.columns - 3;
    const form = task.measure.find((text) => displayWidth(text) <= room) ?? task.measure.at(-1) ?? '';
    return cutToWidth(` ${marks.running} ${form}`, canvas.columns);
  }
  const time = tookMs >= WORTH_A_TIME_MS ? style.dim(` ${formatDuration(tookMs)}`) : '';
  return cutToWidth(` ${marks[task.outcome]} ${task.title}${running ? '...' : ''}${time}`, canvas.columns);
}
