import { setTimeout as sleep } from 'node:timers/promises';
import { awaitedLater } from '../src/domain/awaited-later.js';
import type { ClientAct, ClientHistory } from './client-history.js';
import type { Ends } from './ends.js';
import type { Order } from './orders.js';

const ANSWER_TIMEOUT_MS = 10_000;
/** A request that is not answered is repeated for so long. */
const PATIENCE_MS = 120_000;
/** In the place of the build that an answer names: it is not known whether the request was carried out. */
const OPEN = Symbol('open');
const PAUSES_MS = [50, 100, 200, 400, 800];

export interface ClientOptions {
  /** So many orders are under way at once. */
  readonly atOnce: number;
  readonly history: ClientHistory;
  readonly ends: Ends;
  /** Where requests go now, and the token for an order. */
  readonly apiUrl: () => string;
  readonly tokenFor: (order: Order) => string;
  /** The body of the request. */
  readonly bodyOf: (order: Order) => unknown;
  readonly endTimeoutMs: number;
  /** Orders wait for it one after the other. */
  readonly mayBegin: (order: Order) => boolean;
  /** The order of this number when all of the given ones have begun; null: there is none. */
  readonly oneMore: (number: number) => Order | null;
}

/**
 * Carries out the orders as clients do: each waits for the end of its build before the next one of its lane is sent. Gives all that were
 * sent.
 */
export async function runClients(orders: readonly Order[], options: ClientOptions): Promise<Order[]> {
  const waiting = [...orders];
  const sent: Order[] = [];
  const next = (): Order | null => {
    const order = waiting.shift() ?? options.oneMore(sent.length + 1);
    if (order !== null) sent.push(order);
    return order;
  };
  const lane = async (): Promise<void> => {
    for (let order = next(); order !== null; order = next()) {
      while (!options.mayBegin(order)) await sleep(PAUSES_MS[0]);
      await new OrderClient(order, options).carryOut();
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, lane));
  return sent;
}

interface Asked {
  readonly act: ClientAct;
  readonly path: string;
  readonly key: string | null;
  readonly buildId: string | null;
  readonly body?: unknown;
}

class OrderClient {
  constructor(
    private readonly order: Order,
    private readonly options: ClientOptions,
  ) {}

  async carryOut(): Promise<void> {
    const { order, options } = this;
    const body = options.bodyOf(order);
    const key = `order-${order.number}`;
    const path = `/v1/projects/${order.project}/builds`;
    const repeats = Array.from({ length: order.repeats }, () =>
      this.#ask({ act: 'repeat', path, key, buildId: null, body }),
    );
    const [buildId] = await Promise.all([
      this.#ask({ act: 'accept', path, key, buildId: null, body }),
      ...repeats,
    ]);
    if (buildId === null || buildId === undefined) return;
    const cancelled = awaitedLater(this.#cancel(buildId));
    const ended = await options.ends.of(buildId, options.endTimeoutMs);
    await cancelled;
    if (!order.isRetried || ended === null || ended === 'success') return;
    const retryId = await this.#ask({
      ...{ act: 'retry', path: `/v1/builds/${buildId}/retry`, key: `${key}-retry` },
      ...{ buildId, body: {} },
    });
    if (retryId !== null) await options.ends.of(retryId, options.endTimeoutMs);
  }

  async #cancel(buildId: string): Promise<void> {
    const { cancelAfterMs } = this.order;
    if (cancelAfterMs === null) return;
    if (cancelAfterMs === 'begin') await this.options.ends.begun(buildId, this.options.endTimeoutMs);
    else if (cancelAfterMs === 'end') await this.options.ends.of(buildId, this.options.endTimeoutMs);
    else await sleep(cancelAfterMs);
    await this.#ask({ act: 'cancel', path: `/v1/builds/${buildId}/cancel`, key: null, buildId });
  }

  /** Repeats the request until it is answered; gives the build that the answer names, null for a refusal or silence. */
  async #ask(asked: Asked): Promise<string | null> {
    const deadline = Date.now() + PATIENCE_MS;
    for (let tries = 0; Date.now() < deadline; tries += 1) {
      const answer = await this.#askOnce(asked);
      if (answer !== OPEN) return answer;
      await sleep(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]);
    }
    return null;
  }

  async #askOnce({ act, path, key, buildId, body }: Asked): Promise<string | null | typeof OPEN> {
    const { history, apiUrl, tokenFor } = this.options;
    const answered = history.invoke({ act, order: this.order.number, key, buildId });
    try {
      const response = await fetch(`${apiUrl()}${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${tokenFor(this.order)}`,
          ...(key === null ? {} : { 'idempotency-key': key }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      });
      const answer = (await response.json()) as { id?: string; code?: string; detail?: string };
      const httpStatus = response.status;
      if (response.ok) {
        answered('ok', { buildId: answer.id ?? buildId, httpStatus });
        return answer.id ?? buildId;
      }
      // 429 and 5xx say that it may be asked again; whether it was carried out they do not say.
      const isOpen = httpStatus === 429 || httpStatus >= 500;
      const detail = `${answer.code ?? ''}: ${answer.detail ?? ''}`;
      answered(isOpen ? 'unknown' : 'fail', { buildId, httpStatus, detail });
      return isOpen ? OPEN : null;
    } catch (error) {
      answered('unknown', { buildId, detail: error instanceof Error ? error.name : 'no answer' });
      return OPEN;
    }
  }
}
