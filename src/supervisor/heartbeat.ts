import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KilnError, toKilnError } from '../domain/errors.js';
import type { ControlPlane, WorkerOffer } from '../ports/control-plane.js';
import type { SupervisorLog } from './deps.js';

const RETRY_MS = 1000;
/** Why the api takes a host for none of its workers: another one speaks by its token, or it was removed. */
const NO_WORKER: readonly string[] = ['worker_taken', 'unauthenticated', 'not_found'];
/** A host that was removed stays so until somebody does something. */
const TELL_REMOVED_EVERY_MS = 60_000;

/** Tells the api again and again that the host is there. The first answer gives its worker id. */
export class Heartbeat {
  readonly #over = new AbortController();
  #beating: Promise<void> | null = null;
  #waiting = new AbortController();
  readonly #answers = new EventTarget();
  #toldRemovedMs = -Infinity;
  /** Null until the api has answered once. */
  workerId: string | null = null;
  /** Whether the api takes this host for its worker; false while another one speaks by its token, null until the api has said. */
  isAdmitted: boolean | null = null;

  constructor(
    private readonly controlPlane: ControlPlane,
    private readonly measure: () => Promise<WorkerOffer>,
    private readonly log: SupervisorLog,
  ) {}

  start(): void {
    this.#beating ??= this.#beat();
  }

  /** What the host says has changed: the next heartbeat does not wait. */
  beatNow(): void {
    this.#waiting.abort();
  }

  /** How many leases the api has granted to this host, as of now; null when it does not answer. A host that is refused, or was removed, can take up none. */
  async leases(): Promise<number | null> {
    const answer = this.controlPlane.heartbeat(await this.measure(), this.#over.signal);
    return answer.then(
      ({ leases }) => leases,
      (error: unknown) => (NO_WORKER.includes(toKilnError(error).code) ? 0 : null),
    );
  }

  /** Resolves with `isAdmitted` as soon as it is another than the caller knows, or with what he knows when the signal aborts. */
  async admission(known: boolean | null, signal: AbortSignal): Promise<boolean | null> {
    while ((this.isAdmitted ?? known) === known && !signal.aborted) {
      await once(this.#answers, 'admission', { signal }).catch(() => {});
    }
    return this.isAdmitted ?? known;
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
        this.#waiting = new AbortController();
        const answer = await this.controlPlane.heartbeat(await this.measure(), signal);
        this.workerId = answer.workerId;
        this.#note(true);
        waitMs = answer.heartbeatMs;
      } catch (thrown) {
        const error = toKilnError(thrown);
        if (!signal.aborted) this.#report(error);
      }
      const woken = AbortSignal.any([signal, this.#waiting.signal]);
      await sleep(waitMs, undefined, { signal: woken }).catch(() => {});
    }
  }

  #report(error: KilnError): void {
    if (error.code === 'worker_taken') {
      if (this.isAdmitted !== false) this.log.error({ fix: error.fix }, error.message);
      this.#note(false);
    } else if (error.code === 'unauthenticated' || error.code === 'not_found') this.#tellRemoved();
    else this.log.warn({ code: error.code, detail: error.detail }, 'the heartbeat was not heard');
  }

  /** The api answers the same to a token that it never knew. */
  #tellRemoved(): void {
    const nowMs = performance.now();
    if (nowMs < this.#toldRemovedMs + TELL_REMOVED_EVERY_MS) return;
    this.#toldRemovedMs = nowMs;
    this.log.error(
      {
        fix: 'Stop supervisor and worker of this host; or make a worker with `kiln workers add NAME`, and give both its KILN_WORKER_ID and KILN_WORKER_TOKEN.',
      },
      'this worker was removed, or its token was never one of this Kiln: it gets no build',
    );
  }

  #note(isAdmitted: boolean): void {
    if (this.isAdmitted === isAdmitted) return;
    if (isAdmitted && this.isAdmitted === false)
      this.log.info({}, 'no other host speaks as this worker any more: it takes builds');
    this.isAdmitted = isAdmitted;
    this.#answers.dispatchEvent(new Event('admission'));
  }
}
