import type { RunFailure } from '../domain/builds/outcome.js';
import type { Step } from '../domain/builds/step-status.js';
import { KilnError } from '../domain/errors.js';
import { formatBytes } from '../domain/format-bytes.js';
import { limitAndRemedy } from '../domain/limits/how-to-raise.js';
import type { Journal } from './journal.js';
import { failureOf } from './outcome.js';
import { StepClock } from './step-clock.js';
import { treeSizeBytes } from './tree-size.js';

/**
 * Ends a run that goes over a limit of its build: a step that runs too long, a workspace that grows too large. Which one it was stays
 * in the journal before anything is ended, so that the next supervisor knows it too.
 */
export class RunBounds {
  readonly #over = new AbortController();
  readonly #clock: StepClock;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(
    private readonly journal: Journal,
    private readonly measureEveryMs: number,
    /** Ends what runs; may be called again. */
    private readonly endRun: () => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {
    const limit = journal.limits.step_timeout_seconds;
    this.#clock = new StepClock(limit.value * 1000, (step) =>
      this.#end({
        ...this.#failure(
          'step_timeout',
          `ran longer than ${limitAndRemedy('step_timeout_seconds', limit)}`,
          step,
        ),
        stepNumber: step.number,
        instruction: step.instructionType === null ? null : step.name,
      }),
    );
    if (journal.state.exceeded !== null) this.#abort(journal.state.exceeded);
  }

  /** Aborts when a limit is passed; its reason is the error. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Begins to measure the workspace. */
  start(): void {
    const limit = this.journal.limits.workspace_max_bytes;
    const measure = async (): Promise<void> => {
      const startedMs = performance.now();
      const sizeBytes = await treeSizeBytes(this.journal.folder);
      if (this.#isStopped) return;
      if (sizeBytes > limit.value) {
        const text = `The run has ${formatBytes(sizeBytes)} on the disk of its build host: more than ${limitAndRemedy('workspace_max_bytes', limit)}`;
        return this.#end(failureOf(new KilnError('workspace_too_large', { message: text }), 'build'));
      }
      // A large tree is measured less often: the measuring itself reads the disk.
      const tookMs = performance.now() - startedMs;
      this.#timer = setTimeout(() => void measure(), Math.max(this.measureEveryMs, 10 * tookMs));
    };
    this.#timer = setTimeout(() => void measure(), this.measureEveryMs);
  }

  see(step: Step): void {
    this.#clock.see(step);
  }

  /** What an earlier life has recorded was read again: from now on steps are counted. */
  caughtUp(): void {
    this.#clock.start();
  }

  stop(): void {
    this.#isStopped = true;
    this.#clock.stop();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #end(failure: RunFailure): void {
    if (this.#isStopped || this.signal.aborted) return;
    this.#abort(failure);
    // A disk that takes no more is a reason to end the run, not to let it go on.
    this.journal
      .save({ exceeded: failure })
      .catch(this.onError)
      .then(() => this.endRun())
      .catch(this.onError);
  }

  #abort({ code, message }: RunFailure): void {
    this.#over.abort(new KilnError(code, { message }));
  }

  #failure(code: 'step_timeout', what: string, step: Step): RunFailure {
    const message = `Step ${step.number} (${step.name}) ${what}`;
    return failureOf(new KilnError(code, { message }), 'build');
  }
}
