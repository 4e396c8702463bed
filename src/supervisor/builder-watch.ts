import { setTimeout as sleep } from 'node:timers/promises';
import { toKilnError } from '../domain/errors.js';
import type { SupervisorLog } from './deps.js';

const PAUSES = {
  lookMs: 30_000,
  /** While it does not answer. */
  lookAgainMs: 3_000,
  /** One that is being started again answers by then. */
  secondTryMs: 1_000,
};

/** Asks the builder of the host now and then whether it answers. */
export class BuilderWatch {
  readonly #over = new AbortController();
  #watching: Promise<void> | null = null;
  /** Why it does not answer; null when it does. */
  trouble: string | null = null;

  constructor(
    private readonly probe: (signal: AbortSignal) => Promise<void>,
    private readonly changed: () => void,
    private readonly log: SupervisorLog,
    private readonly pauses = PAUSES,
  ) {}

  /** Resolves after the first look. */
  async start(): Promise<void> {
    await this.#look();
    this.#watching = this.#watch();
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (!this.#over.signal.aborted) {
      await this.#pause(this.trouble === null ? this.pauses.lookMs : this.pauses.lookAgainMs);
      await this.#look();
    }
  }

  async #look(): Promise<void> {
    let found = await this.#ask();
    if (found !== null && this.trouble === null) {
      await this.#pause(this.pauses.secondTryMs);
      found = await this.#ask();
    }
    if (this.#over.signal.aborted) return;
    const before = this.trouble;
    this.trouble = found;
    if ((before === null) === (found === null)) return;
    if (found === null) this.log.info({}, 'the builder answers again');
    else this.log.warn({ trouble: found }, 'the builder does not answer: no new build');
    this.changed();
  }

  async #ask(): Promise<string | null> {
    try {
      await this.probe(this.#over.signal);
      return null;
    } catch (thrown) {
      const { message, detail, code } = toKilnError(thrown);
      return (code === 'internal' ? (detail ?? message) : message).split('\n')[0]?.slice(0, 300) ?? '';
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#over.signal }).catch(() => {});
  }
}
