import { KilnError } from '../../domain/errors.js';
import type { CalledWebhook, WebhookIntake } from '../../ports/webhooks.js';

const WRITE_EVERY_MS = 1_000;
const WINDOW_MS = 60_000;
const MOST_IN_WINDOW = 60;

interface Counted {
  windowSince: number;
  inWindow: number;
  writtenAt: number;
  unwritten: number;
}

/**
 * Counts requests that were not signed by the secret of their webhook. Anybody can send them: what is written of them is one row, once a
 * second at most, and beyond a number in a minute they are not even that. Signed ones never come here, so nobody is kept out by them.
 */
export class UnsignedRequests {
  readonly #counted = new Map<string, Counted>();

  constructor(
    private readonly intake: Pick<WebhookIntake, 'noteRefusals'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The error to answer with, once it is written down. */
  async refuse(webhook: CalledWebhook, reason: string): Promise<KilnError> {
    const at = this.now();
    const counted = this.#of(webhook.id, at);
    counted.inWindow += 1;
    counted.unwritten += 1;
    if (counted.inWindow > MOST_IN_WINDOW) return new KilnError('too_many_unsigned');
    if (at - counted.writtenAt >= WRITE_EVERY_MS) {
      const count = counted.unwritten;
      Object.assign(counted, { unwritten: 0, writtenAt: at });
      await this.intake.noteRefusals(webhook, count, reason);
    }
    return new KilnError('signature_invalid', { message: reason });
  }

  #of(id: string, at: number): Counted {
    const known = this.#counted.get(id);
    if (known === undefined) {
      const counted = { windowSince: at, inWindow: 0, writtenAt: -Infinity, unwritten: 0 };
      this.#counted.set(id, counted);
      return counted;
    }
    if (at - known.windowSince >= WINDOW_MS) Object.assign(known, { windowSince: at, inWindow: 0 });
    return known;
  }
}
