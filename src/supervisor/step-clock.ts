import { STEP_STATUS, type Step } from '../domain/builds/step-status.js';

/** Counts the time of each running step of a run. What a supervisor reads again is counted once it has caught up. */
export class StepClock {
  readonly #running = new Map<number, Step>();
  readonly #timers = new Map<number, NodeJS.Timeout>();
  #isStarted = false;

  constructor(
    private readonly limitMs: number,
    private readonly onExceeded: (step: Step) => void,
  ) {}

  /** Takes the newest state of a step. */
  see(step: Step): void {
    if (STEP_STATUS[step.status].terminal || step.completedAt !== null) {
      this.#running.delete(step.number);
      clearTimeout(this.#timers.get(step.number));
      this.#timers.delete(step.number);
    } else if (step.startedAt !== null) {
      this.#running.set(step.number, step);
      if (this.#isStarted) this.#arm(step.number, Date.parse(step.startedAt));
    }
  }

  /** Begins to count, for steps that run already from their start. */
  start(): void {
    this.#isStarted = true;
    for (const step of this.#running.values()) this.#arm(step.number, Date.parse(step.startedAt ?? ''));
  }

  stop(): void {
    this.#isStarted = false;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #arm(number: number, startedAtMs: number): void {
    if (this.#timers.has(number)) return;
    // A builder whose clock runs ahead or behind must not shorten the time of a step, nor stretch it beyond measure.
    const sinceMs = Math.min(Math.max(0, Date.now() - startedAtMs), this.limitMs);
    const leftMs = this.limitMs - (Number.isFinite(sinceMs) ? sinceMs : 0);
    const timer = setTimeout(() => {
      const step = this.#running.get(number);
      if (step !== undefined) this.onExceeded(step);
    }, leftMs);
    this.#timers.set(number, timer);
  }
}
