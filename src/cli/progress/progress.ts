import type { LogChunk } from '../../contracts/builds.js';
import { stripEscapes } from '../terminal/escapes.js';
import { createStyle } from '../terminal/style.js';
import { NO_BUILD, type BuildState } from './build-state.js';
import { buildLines, type Canvas } from './build-view.js';
import { createLiveScreen, type TerminalStream } from './live-screen.js';
import { changeLines, logLines } from './plain-view.js';
import { taskLine, type Task, type TaskOutcome, type TaskState } from './task-list.js';

const REPAINT_MS = 80;
/** A plain (appending) progress names a task when it starts only if it is not over by then. */
const SLOW_TASK_MS = 1500;
/** And tells from time to time how far a long one is. */
const MEASURE_EVERY_MS = 15_000;

export interface ProgressOptions {
  readonly stream: TerminalStream;
  readonly color: boolean;
  /** Repaint in place (default: the stream is a terminal) or append lines. */
  readonly live?: boolean;
  readonly now?: () => number;
}

/** The one progress display of a command: tasks (set-up phases, upload) and one build, live or appended. */
export interface Progress {
  readonly live: boolean;
  task(title: string): Task;
  /** Shows a new state of the build. */
  build(state: BuildState): void;
  /** Log lines of the build, for displays that append; a live one shows the tails of the state. */
  log(chunk: LogChunk): void;
  /** A line that stays. */
  note(text: string): void;
  /** The same of trouble, which a silent display says too. */
  warn(text: string): void;
  /** Ends the display; the last state of everything stays readable. */
  close(): void;
}

export function createProgress(options: ProgressOptions): Progress {
  return (options.live ?? options.stream.isTTY === true) ? createLive(options) : createPlain(options);
}

/** A progress that says nothing but trouble: for `--json` without a terminal and for `--progress none`. */
export function createSilent(stream: Pick<TerminalStream, 'write'>): Progress {
  return {
    live: false,
    task: () => ({ update() {}, measure() {}, done() {}, warn() {}, fail() {} }),
    build() {},
    log() {},
    note() {},
    warn: (text) => void stream.write(`${text}\n`),
    close() {},
  };
}

function createLive({ stream, color, now = Date.now }: ProgressOptions): Progress {
  const style = createStyle(color);
  const tasks: TaskState[] = [];
  let state = NO_BUILD;
  let ticker: NodeJS.Timeout | undefined;
  const screen = createLiveScreen(stream, () => paint(screen.rows() - 1));
  const canvas = (rows: number): Canvas => ({ columns: screen.columns(), rows, nowMs: now(), style });
  const paint = (rows: number): void => {
    ticker ??= setInterval(() => paint(screen.rows() - 1), REPAINT_MS).unref();
    const running = tasks.map((task) => taskLine(task, canvas(rows)));
    screen.paint([...running, ...buildLines(state, canvas(rows - running.length))]);
  };
  const settle = (index: number): void => {
    const [task] = tasks.splice(index, 1);
    if (task) screen.append([taskLine(task, canvas(Infinity))]);
    paint(screen.rows() - 1);
  };
  return {
    live: true,
    // What is measured comes faster than a person reads: the next repaint shows it.
    task: (title) =>
      trackTask(title, now, tasks, (isMeasure) => void (isMeasure || paint(screen.rows() - 1)), settle),
    build(next) {
      state = next;
      if (ticker === undefined) paint(screen.rows() - 1);
    },
    log() {},
    note: (text) => screen.append(text.split('\n')),
    warn: (text) => screen.append(text.split('\n')),
    close() {
      if (ticker === undefined) return;
      paint(Infinity);
      clearInterval(ticker);
      ticker = undefined;
      state = NO_BUILD;
      screen.close();
    },
  };
}

function createPlain({ stream, color, now = Date.now }: ProgressOptions): Progress {
  const style = createStyle(color);
  const tasks: TaskState[] = [];
  let state = NO_BUILD;
  const write = (lines: readonly string[]): void => {
    if (lines.length > 0) stream.write(`${lines.join('\n')}\n`);
  };
  const line = (task: TaskState): string => taskLine(task, { columns: Infinity, nowMs: now(), style });
  const settle = (index: number): void => write(tasks.splice(index, 1).map(line));
  return {
    live: false,
    task(title) {
      const slow = setTimeout(() => write([`   ${title}...`]), SLOW_TASK_MS).unref();
      let toldMs = now();
      const tell = (isMeasure: boolean, task: TaskState): void => {
        if (!isMeasure || now() - toldMs < MEASURE_EVERY_MS) return;
        toldMs = now();
        write([`   ${task.measure?.[0] ?? task.title}`]);
      };
      return trackTask(title, now, tasks, tell, (index) => {
        clearTimeout(slow);
        settle(index);
      });
    },
    build(next) {
      write(changeLines(state, next));
      state = next;
    },
    log: (chunk) => write(color ? logLines(chunk) : logLines(chunk).map(stripEscapes)),
    note: (text) => write([text]),
    warn: (text) => write([text]),
    close() {},
  };
}

function trackTask(
  title: string,
  now: () => number,
  tasks: TaskState[],
  changed: (isMeasure: boolean, task: TaskState) => void,
  settle: (index: number) => void,
): Task {
  let task: TaskState = { title, measure: null, outcome: 'running', startedMs: now(), endedMs: null };
  const replace = (next: TaskState): number => {
    const index = tasks.indexOf(task);
    if (index >= 0) tasks[index] = next;
    task = next;
    return index;
  };
  const end = (outcome: TaskOutcome) => (text?: string) => {
    const index = replace({ ...task, title: text ?? task.title, outcome, endedMs: now() });
    if (index >= 0) settle(index);
  };
  tasks.push(task);
  changed(false, task);
  return {
    update(text) {
      replace({ ...task, title: text, measure: null });
      changed(false, task);
    },
    measure(forms) {
      replace({ ...task, measure: forms });
      changed(true, task);
    },
    done: end('done'),
    warn: end('warn'),
    fail: end('fail'),
  };
}
