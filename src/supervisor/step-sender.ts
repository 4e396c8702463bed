import { setTimeout as sleep } from 'node:timers/promises';
import type { Step } from '../domain/builds/step-status.js';
import { Doorbell } from './doorbell.js';
import { fitStep } from './fit-report.js';
import { keepTrying, type Patience } from './keep-trying.js';
import { maskText } from './masking.js';
import type { Masks } from './masks.js';

const BATCH_STEPS = 40;

/** Sends the latest state of each step, at most once in `everyMs`; states that were overtaken are never sent. */
export class StepSender {
  readonly #latest = new Map<number, Step>();
  readonly #dirty = new Set<number>();
  readonly #bell = new Doorbell();
  readonly #closing = new AbortController();
  #held = true;

  constructor(
    private readonly send: (steps: Step[]) => Promise<void>,
    private readonly masks: Masks,
    private readonly everyMs: number,
    private readonly patience: Patience,
  ) {}

  /** The latest state of every step, masked, in order. */
  get steps(): readonly Step[] {
    return [...this.#latest.values()].sort((a, b) => a.number - b.number);
  }

  put(step: Step): void {
    this.#latest.set(step.number, fitStep(maskStep(step, this.masks)));
    this.#dirty.add(step.number);
    if (!this.#held) this.#bell.ring();
  }

  /** Begins to send: before, the output of an adopted run is read again and its steps are behind what is stored. */
  open(): void {
    this.#held = false;
    this.#bell.ring();
  }

  close(): void {
    this.#closing.abort();
    this.open();
  }

  /** Resolves after `close`, when every step is stored; rejects when refused or when the signal fires. */
  async run(): Promise<void> {
    for (;;) {
      await this.#bell.wait(this.patience.signal);
      this.patience.signal.throwIfAborted();
      const isLast = this.#closing.signal.aborted;
      await this.#sendDirty();
      if (isLast) return;
      const pausing = AbortSignal.any([this.patience.signal, this.#closing.signal]);
      await sleep(this.everyMs, undefined, { signal: pausing }).catch(() => {});
    }
  }

  async #sendDirty(): Promise<void> {
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    for (let from = 0; from < dirty.length; from += BATCH_STEPS) {
      const numbers = dirty.slice(from, from + BATCH_STEPS);
      await keepTrying(
        () => this.send(this.steps.filter((step) => numbers.includes(step.number))),
        this.patience,
      );
    }
  }
}

/** Hides secrets in every text of a step. */
function maskStep(step: Step, masks: Masks): Step {
  const mask = (text: string | null): string | null => text && maskText(text, masks);
  return {
    ...step,
    name: maskText(step.name, masks),
    stdout: mask(step.stdout),
    stderr: mask(step.stderr),
    errorMessage: mask(step.errorMessage),
  };
}
