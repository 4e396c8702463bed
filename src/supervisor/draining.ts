import { timeLimit } from '../domain/time-limit.js';
/** Whether the host takes no new builds because it, or its worker, is being stopped. */
export class Draining {
  #asked = 0;

  /** `changed` rings when it begins or ends; `idle` resolves when no lease is held any more, or the signal aborts. */
  constructor(
    private readonly changed: () => void,
    private readonly idle: (signal: AbortSignal) => Promise<void>,
  ) {}

  get isOn(): boolean {
    return this.#asked > 0;
  }

  /** Takes no new builds until those that run have ended, or the time is over, or the signal aborts. */
  async within(ms: number, signal?: AbortSignal): Promise<void> {
    const until = timeLimit(ms, signal);
    this.#asked += 1;
    if (this.#asked === 1) this.changed();
    try {
      await this.idle(until);
    } finally {
      this.#asked -= 1;
      if (this.#asked === 0) this.changed();
    }
  }
}
