import type { Build, BuildStep, LogChunk } from '../../contracts/builds.js';
import type { QueuedBuild } from '../../contracts/queue.js';
import type { Publication } from '../../contracts/publications.js';
import { keepOnlyColours } from '../terminal/escapes.js';

/** Log lines kept per step: the most that a view shows of a running step. */
const TAIL_LINES = 6;

/** What a view of one build is drawn from. Built only by the functions of this file, so that views stay pure. */
export interface BuildState {
  readonly build: Build | null;
  /** Its place in the queue, while it waits. */
  readonly place: QueuedBuild | null;
  /** Steps of the latest attempt, in order. */
  readonly steps: readonly BuildStep[];
  /** One for each repository, in the order of their beginning. */
  readonly publications: readonly Publication[];
  /** Last log lines by step number (0: no step), colours only. */
  readonly tails: Readonly<Record<number, readonly string[]>>;
  readonly attempt: number;
  readonly connected: boolean;
}

export const NO_BUILD: BuildState = {
  build: null,
  place: null,
  steps: [],
  publications: [],
  tails: {},
  attempt: 0,
  connected: true,
};

/** The build changed. */
export function withBuild(state: BuildState, build: Build): BuildState {
  const place = build.status === 'queued' ? state.place : null;
  return { ...state, build, place, connected: true };
}

/** Its place in the queue changed. */
export function withPlace(state: BuildState, place: QueuedBuild): BuildState {
  return { ...state, place, connected: true };
}

/** Steps changed; those of older attempts are left out, steps that are not named stay as they were. */
export function withSteps(state: BuildState, changed: readonly BuildStep[]): BuildState {
  const attempt = Math.max(state.attempt, ...changed.map((step) => step.attempt));
  const base = attempt === state.attempt ? state : { ...state, steps: [], tails: {}, attempt };
  const byNumber = new Map(base.steps.map((step) => [step.step_number, step]));
  for (const step of changed) if (step.attempt === attempt) byNumber.set(step.step_number, step);
  const steps = [...byNumber.values()].sort((a, b) => a.step_number - b.step_number);
  return { ...base, steps, connected: true };
}

/** The copy to a repository went on. */
export function withPublication(state: BuildState, changed: Publication): BuildState {
  const isKnown = state.publications.some(({ repository }) => repository === changed.repository);
  const publications = isKnown
    ? state.publications.map((one) => (one.repository === changed.repository ? changed : one))
    : [...state.publications, changed];
  return { ...state, publications, connected: true };
}

/** Log lines came. */
export function withLog(state: BuildState, chunk: LogChunk): BuildState {
  if (chunk.attempt < state.attempt) return state;
  const base =
    chunk.attempt === state.attempt ? state : { ...state, steps: [], tails: {}, attempt: chunk.attempt };
  const key = chunk.step_number ?? 0;
  const lines = [...(base.tails[key] ?? []), ...linesOf(chunk)].filter((line) => line.trim() !== '');
  return { ...base, tails: { ...base.tails, [key]: lines.slice(-TAIL_LINES) }, connected: true };
}

/** The connection broke; what is shown may be old until the next change. */
export function disconnected(state: BuildState): BuildState {
  return state.connected ? { ...state, connected: false } : state;
}

/** The lines of a chunk as they may be printed. */
export function linesOf(chunk: LogChunk): string[] {
  return keepOnlyColours(chunk.log_content.replace(/\n$/, '')).split('\n');
}
