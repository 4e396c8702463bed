import type { PublicationReport } from '../src/domain/builds/publication.js';

const EVERY_MS = 500;
/** Many a copy has got to its manifest by then, before which it has to tell how far it is and would wait for what it tells now. */
const FIRST_AFTER_MS = 50;

/** Sends the newest report of a copy, one at a time and not too often; what is passed over is old by then. */
export class PublicationTeller {
  #next: PublicationReport | null = null;
  #sending: Promise<void> | null = null;
  #sentMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly send: (report: PublicationReport) => Promise<void>,
    private readonly everyMs = EVERY_MS,
  ) {
    this.#sentMs = Date.now() - everyMs + Math.min(everyMs, FIRST_AFTER_MS);
  }

  /** Sends it when it may; one that fails is not missed, since another comes. */
  tell(report: PublicationReport): void {
    this.#next = report;
    this.#plan();
  }

  /** Sends the last one at once and raises what keeps it from being kept. */
  async settle(report: PublicationReport): Promise<void> {
    clearTimeout(this.#timer);
    this.#next = null;
    await this.#sending;
    await this.send(report);
  }

  #plan(): void {
    if (this.#sending !== null || this.#next === null) return;
    clearTimeout(this.#timer);
    const waitMs = this.#sentMs + this.everyMs - Date.now();
    if (waitMs > 0) this.#timer = setTimeout(() => this.#plan(), waitMs).unref();
    else this.#sendNext(this.#next);
  }

  #sendNext(report: PublicationReport): void {
    this.#next = null;
    this.#sentMs = Date.now();
    this.#sending = this.send(report)
      .catch(() => undefined)
      .finally(() => {
        this.#sending = null;
        this.#plan();
      });
  }
}
