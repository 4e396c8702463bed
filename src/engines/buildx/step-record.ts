import type { Step, StepStatus } from '../../domain/builds/step-status.js';
import type { VertexUpdate } from './progress.js';
import { readStepName, type StepName } from './step-name.js';
import { StepOutput } from '../output/step-output.js';

/**
 * Everything known of one BuildKit vertex. A vertex may start and complete several times: sources and exporters
 * first compute a cache key (microseconds), then do their work.
 */
export class StepRecord {
  readonly digest: string;
  readonly name: string;
  readonly parsed: StepName;
  readonly inputs: readonly string[];
  readonly output = new StepOutput();
  /** Null until the plan order is known. */
  number: number | null = null;
  cached = false;
  error: string | null = null;
  /** True once no further start is expected; a step that was shown as done never goes back. */
  settled = false;
  private readonly intervals = new Map<string, string | null>();

  constructor(update: VertexUpdate) {
    this.digest = update.digest;
    this.name = update.name;
    this.parsed = readStepName(update.name);
    this.inputs = update.inputs;
  }

  apply(update: VertexUpdate): void {
    if (update.started !== null) {
      const known = this.intervals.get(update.started) ?? null;
      this.intervals.set(update.started, update.completed ?? known);
    }
    if (update.cached) this.cached = true;
    this.error ??= update.error;
    if (this.isComplete && (this.cached || this.error !== null || this.completesOnce)) this.settled = true;
  }

  get isStarted(): boolean {
    return this.intervals.size > 0;
  }

  get isComplete(): boolean {
    return this.isStarted && ![...this.intervals.values()].includes(null);
  }

  /** Ended because the build was stopped or another step failed, not by its own fault. */
  get wasInterrupted(): boolean {
    return this.error !== null && /context canceled\s*$/.test(this.error);
  }

  /** A cache that could not be read or written is no fault of the build. */
  get isHarmless(): boolean {
    return this.error !== null && /^(?:importing cache manifest|exporting cache) /.test(this.name);
  }

  get hasFailed(): boolean {
    return this.error !== null && !this.wasInterrupted && !this.isHarmless;
  }

  toStep(hasEnded: boolean): Step {
    const times = this.times();
    const status = this.status(hasEnded);
    const isCutShort = status === 'skipped' && this.isStarted;
    return {
      number: this.number ?? 0,
      name: this.name,
      instructionType: this.parsed.instructionType,
      status,
      cached: this.cached,
      startedAt: times.startedAt,
      completedAt: this.settled || hasEnded ? times.completedAt : null,
      durationMs: this.settled || hasEnded ? times.durationMs : null,
      stdout: this.output.stdout.text(),
      stderr: this.output.stderr.text(),
      errorMessage: this.error ?? (isCutShort ? 'The build ended before this step did.' : null),
      errorCode: exitCodeOf(this.error)?.toString() ?? null,
      layerDigest: null,
      layerSizeBytes: null,
    };
  }

  private status(hasEnded: boolean): StepStatus {
    if (this.error !== null) return this.hasFailed ? 'failed' : 'skipped';
    if (!this.isStarted) return hasEnded ? 'skipped' : 'pending';
    if (this.settled || (hasEnded && this.isComplete)) return 'success';
    return hasEnded ? 'skipped' : 'running';
  }

  /** RUN, COPY and the like start once; FROM and BuildKit's own work may start again. */
  private get completesOnce(): boolean {
    return this.parsed.instructionType !== null && this.parsed.instructionType !== 'FROM';
  }

  /** The duration is the sum of the intervals, without the waiting between them. */
  private times(): Pick<Step, 'startedAt' | 'completedAt' | 'durationMs'> {
    const spans = [...this.intervals].map(
      ([start, end]) => [toMs(start), end === null ? null : toMs(end)] as const,
    );
    const starts = spans.map(([start]) => start).filter((ms) => ms !== null);
    const ends = spans.map(([, end]) => end).filter((ms) => ms !== null);
    const worked = spans.map(([start, end]) =>
      start === null || end === null ? 0 : Math.max(0, end - start),
    );
    const isTimed = ends.length > 0 && starts.length > 0;
    return {
      startedAt: starts.length === 0 ? null : new Date(Math.min(...starts)).toISOString(),
      completedAt: isTimed && this.isComplete ? new Date(Math.max(...ends)).toISOString() : null,
      durationMs: isTimed ? worked.reduce((sum, ms) => sum + ms, 0) : null,
    };
  }
}

/** The exit code that BuildKit names in an error text; null when the step ended otherwise. */
export function exitCodeOf(error: string | null): number | null {
  const match = /did not complete successfully: exit code: (\d+)/.exec(error ?? '');
  return match === null ? null : Number(match[1]);
}

/** Milliseconds of an RFC 3339 time; null when it is not one. */
export function toMs(time: string): number | null {
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? null : ms;
}
