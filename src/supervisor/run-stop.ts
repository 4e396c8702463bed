import { KilnError } from '../domain/errors.js';
import type { Journal, StopReason } from './journal.js';
import type { LeaseHolding } from './lease-holding.js';

/**
 * What ends a run before its own end: a stop, which is for good and stays in the journal, or being left, which hands the run to the
 * next supervisor.
 */
export class RunStop {
  readonly #halt = new AbortController();
  readonly #leaving = new AbortController();
  #asking: Promise<void> | null = null;

  constructor(
    private readonly journal: Journal,
    private readonly holding: LeaseHolding,
    private readonly stopAskMs: number,
  ) {
    if (journal.state.stop !== null) this.#halt.abort();
    if (journal.state.stop === 'stopped') this.#asking = this.#askWhy();
  }

  /** Aborts when nothing more may be started. */
  get halt(): AbortSignal {
    return this.#halt.signal;
  }

  /** Aborts when the run is to be left; its reason is the error that ends the waiting. */
  get leaving(): AbortSignal {
    return this.#leaving.signal;
  }

  /** The run belongs to the next supervisor. */
  get isLeft(): boolean {
    const { signal, isRefused } = this.holding;
    return !isRefused && (this.#leaving.signal.aborted || signal.aborted);
  }

  /** Notes that the run is stopped; a person's cancel counts more than a stop of the controller. */
  async stop(reason: StopReason): Promise<void> {
    const { stop } = this.journal.state;
    if (stop === null || (stop === 'stopped' && reason === 'cancelled'))
      await this.journal.save({ stop: reason });
    this.#halt.abort();
    if (reason === 'stopped') this.#asking ??= this.#askWhy();
  }

  /** Lets go of a run that nobody has stopped. */
  leave(): void {
    if (this.journal.state.stop !== null) return;
    this.#leaving.abort(
      new KilnError('supervisor_unavailable', { message: 'The supervisor is being stopped.' }),
    );
  }

  /** Null while nobody has ended the run from outside. */
  async reason(): Promise<StopReason | null> {
    await this.#asking;
    return this.journal.state.stop;
  }

  /** The controller's stop does not say why; the api knows whether a person asked. */
  async #askWhy(): Promise<void> {
    const isAsked = await this.holding.isCancelRequested(this.stopAskMs);
    if (isAsked && this.journal.state.stop === 'stopped') await this.journal.save({ stop: 'cancelled' });
  }
}
