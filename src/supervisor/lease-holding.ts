import { setTimeout as sleep } from 'node:timers/promises';
import { timeLimit } from '../domain/time-limit.js';
import { KilnError, toKilnError } from '../domain/errors.js';
import type { LeaseRef } from '../domain/dispatch/lease.js';
import type { ControlPlane, LeaseAuth } from '../ports/control-plane.js';
import type { SupervisorLog } from './deps.js';
import type { Journal } from './journal.js';

export interface LeaseEvents {
  /** The lease is over; nothing may be done under it any more. */
  readonly onRefused: () => void;
  readonly onCancelRequested: () => void;
  /** The api has not answered for too long. */
  readonly onSilence: () => void;
}

/** A lease in force: renews it each third of its TTL and lends its token. */
export class LeaseHolding {
  readonly #over = new AbortController();
  #refused = false;
  #renewed: Promise<string> | null = null;

  constructor(
    private readonly controlPlane: ControlPlane,
    private readonly journal: Journal,
    private readonly options: { silenceMs: number; retryMaxMs: number; log: SupervisorLog },
  ) {}

  get lease(): LeaseRef {
    return this.journal.lease;
  }

  get isRefused(): boolean {
    return this.#refused;
  }

  /** Fires when the lease is over or no longer held here. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Ends the renewals without giving the lease back. */
  release(): void {
    this.#over.abort(
      new KilnError('supervisor_unavailable', { message: 'The supervisor is being stopped.' }),
    );
  }

  /** Nothing may be done under the lease any more. */
  refuse(): void {
    if (this.signal.aborted) return;
    this.#refused = true;
    this.#over.abort(new KilnError('stale_fence'));
  }

  /** Does an effect under the lease. A token that is not known any more is replaced once by acknowledging again. */
  async effect<T>(call: (auth: LeaseAuth) => Promise<T>): Promise<T> {
    const { lease } = this.journal;
    const token = this.journal.grant.lease_token;
    try {
      return await call({ lease, token });
    } catch (error) {
      if (!(error instanceof KilnError) || error.code !== 'unauthenticated') throw error;
      return await call({ lease, token: await this.#replaceToken(token) });
    }
  }

  /** Whether a person asked for the build to end; false when the api does not say so in time. */
  async isCancelRequested(withinMs: number): Promise<boolean> {
    const signal = timeLimit(withinMs, this.signal);
    const answer = await this.effect((auth) => this.controlPlane.renew(auth, signal)).catch(() => null);
    return answer?.cancelRequested === true;
  }

  /** Renews until the lease is over; at once unless it `isNew`. */
  async keep(events: LeaseEvents, isNew: boolean): Promise<void> {
    let answeredAtMs = Date.now();
    let silent = false;
    let ttlMs = this.journal.grant.ttl_ms;
    let waitMs = isNew ? ttlMs / 3 : 0;
    for (;;) {
      await sleep(waitMs, undefined, { signal: this.signal }).catch(() => {});
      if (this.signal.aborted) return;
      try {
        const answer = await this.effect((auth) => this.controlPlane.renew(auth, this.signal));
        answeredAtMs = Date.now();
        silent = false;
        ({ ttlMs } = answer);
        waitMs = ttlMs / 3;
        if (answer.cancelRequested) events.onCancelRequested();
      } catch (thrown) {
        if (this.signal.aborted) return;
        const error = toKilnError(thrown);
        if (error.code === 'stale_fence' || error.code === 'not_found') return this.#end(events);
        this.options.log.warn(
          { ...this.lease, code: error.code, detail: error.detail },
          'the lease was not renewed',
        );
        waitMs = Math.min(ttlMs / 6, this.options.retryMaxMs);
        if (!silent && Date.now() - answeredAtMs >= this.options.silenceMs) {
          silent = true;
          events.onSilence();
        }
      }
    }
  }

  #end(events: LeaseEvents): void {
    this.refuse();
    events.onRefused();
  }

  /** One new token for all who found the old one unknown. */
  async #replaceToken(old: string): Promise<string> {
    if (this.journal.grant.lease_token !== old) return this.journal.grant.lease_token;
    this.#renewed ??= this.controlPlane
      .acknowledge(this.lease, this.signal)
      .then(async (grant) => {
        await this.journal.saveGrant(grant);
        return grant.lease_token;
      })
      .finally(() => (this.#renewed = null));
    return this.#renewed;
  }
}
