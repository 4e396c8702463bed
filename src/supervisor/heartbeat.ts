import { setTimeout as sleep } from 'node:timers/promises';
import { toKilnError } from '../domain/errors.js';
import type { ControlPlane, WorkerOffer } from '../ports/control-plane.js';
import type { SupervisorLog } from './deps.js';

const RETRY_MS = 1000;

/** Tells the api again and again that the host is there. The first answer gives its worker id. */
export class Heartbeat {
  readonly #over = new AbortController();
  #beating: Promise<void> | null = null;
  /** Null until the api has answered once. */
  workerId: string | null = null;

  constructor(
    private readonly controlPlane: ControlPlane,
    private readonly offer: Omit<WorkerOffer, 'disk'>,
    private readonly measureDisk: () => Promise<WorkerOffer['disk']>,
    private readonly log: SupervisorLog,
  ) {}

  start(): void {
    this.#beating ??= this.#beat();
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#beating;
  }

  async #beat(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      let waitMs = RETRY_MS;
      try {
        const answer = await this.controlPlane.heartbeat(
          { ...this.offer, disk: await this.measureDisk() },
          signal,
        );
        this.workerId = answer.workerId;
        waitMs = answer.heartbeatMs;
      } catch (thrown) {
        const error = toKilnError(thrown);
        if (!signal.aborted)
          this.log.warn({ code: error.code, detail: error.detail }, 'the heartbeat was not heard');
      }
      await sleep(waitMs, undefined, { signal }).catch(() => {});
    }
  }
}
