import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import type { Operation } from '../contracts/operation.js';
import { CommandFailure } from './failure.js';
import { openConnections, readText, type Answer, type Connections } from './http.js';
import { failureOfAnswer, unreachable } from './problem.js';

type Part<O, Key extends string> = O extends { readonly [K in Key]: infer Z extends z.ZodType }
  ? { [K in Key]: z.input<Z> }
  : unknown;
type QueryPart<O> = O extends { readonly query: infer Z extends z.ZodType }
  ? { query?: z.input<Z> }
  : unknown;

/** What a call of an operation takes. */
export type InputOf<O extends Operation> = Part<O, 'params'> & Part<O, 'body'> & QueryPart<O>;

/** What a call gives back: the body of its 2xx answer. */
export type AnswerOf<O extends Operation> = {
  [Status in keyof O['responses']]: O['responses'][Status] extends { schema: infer Z extends z.ZodType }
    ? z.output<Z>
    : string;
}[keyof O['responses']];

export interface ClientOptions {
  readonly apiUrl: string;
  readonly token: string;
  readonly connections?: Connections;
  /** How long a repeatable call is tried again after Kiln has answered once, or let a call wait for all of `timeoutMs`. */
  readonly patienceMs?: number;
  /** The same before it ever answered: a wrong address should be told soon. */
  readonly firstPatienceMs?: number;
  readonly timeoutMs?: number;
}

export interface CallOptions {
  /** Sent with a creation, and makes it repeatable. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
  /** Told the status of an answer that is 2xx, for operations that say something by it. */
  readonly onStatus?: (status: number) => void;
  /** Told before each new try. */
  readonly onRetry?: (cause: CommandFailure) => void;
}

/** Speaks to the API by its operations. Repeats what may be repeated; throws CommandFailure. */
export interface Client {
  readonly apiUrl: string;
  readonly authorization: string;
  call<O extends Operation>(operation: O, input: InputOf<O>, options?: CallOptions): Promise<AnswerOf<O>>;
  /** The answer as it is, once its status is 2xx; its body is not read. Not repeated. */
  open(operation: Operation, input: unknown, options?: OpenOptions): Promise<Answer>;
  /** Calls what may be repeated, with the patience of `call`. */
  repeat<T>(work: () => Promise<T>, options?: CallOptions): Promise<T>;
}

export interface OpenOptions extends CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Limits the wait for the head of the answer. */
  readonly timeoutMs?: number;
}

interface AnyInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
}

/** Operations without a key that do the same once and many times. */
const REPEATABLE = new Set([
  'cancelBuild',
  'approveBuild',
  'rejectBuild',
  'pruneImages',
  'approveDelivery',
  'rejectDelivery',
]);
const FIRST_DELAY_MS = 150;
const LONGEST_DELAY_MS = 3_000;

export function createClient(options: ClientOptions): Client {
  const { apiUrl, patienceMs = 60_000, firstPatienceMs = 1_000, timeoutMs = 20_000 } = options;
  const authorization = authorizationOf(options.token);
  const { connections = openConnections() } = options;
  let answered = false;
  /** Something let a call wait until its time was over; where nothing is, a call is refused at once. */
  let isSlow = false;

  const open: Client['open'] = async (operation, input, given = {}) => {
    const { body } = input as AnyInput;
    const request = new AbortController();
    const timer = setTimeout(
      () => request.abort(new DOMException('no answer in time', 'TimeoutError')),
      given.timeoutMs ?? timeoutMs,
    );
    const signal = given.signal ? AbortSignal.any([given.signal, request.signal]) : request.signal;
    try {
      const response = await connections.send(urlOf(apiUrl, operation, input as AnyInput), {
        method: operation.method.toUpperCase(),
        signal,
        headers: {
          authorization,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(given.idempotencyKey === undefined ? {} : { 'idempotency-key': given.idempotencyKey }),
          ...given.headers,
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      answered = true;
      const { status } = response;
      if (status < 200 || status > 299) throw failureOfAnswer(status, await readText(response), apiUrl);
      return response;
    } catch (error) {
      if (error instanceof CommandFailure || given.signal?.aborted) throw error;
      if (request.signal.aborted) isSlow = true;
      throw unreachable(apiUrl, error, request.signal.aborted);
    } finally {
      clearTimeout(timer);
    }
  };

  const repeat: Client['repeat'] = async (work, given = {}) => {
    const started = Date.now();
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
      try {
        return await work();
      } catch (error) {
        const patience = answered || isSlow ? patienceMs : firstPatienceMs;
        const hopeless = !(error instanceof CommandFailure) || error.code !== 'unavailable';
        if (hopeless || given.signal?.aborted || Date.now() - started + delayMs > patience) throw error;
        given.onRetry?.(error);
        await sleep(delayMs, undefined, given.signal ? { signal: given.signal } : {});
      }
    }
  };

  const call: Client['call'] = (operation, input, given = {}) => {
    const once = async (): Promise<AnswerOf<typeof operation>> => {
      const response = await open(operation, input, given);
      given.onStatus?.(response.status);
      return (await read(response, apiUrl)) as AnswerOf<typeof operation>;
    };
    const repeatable =
      operation.method !== 'post' || given.idempotencyKey !== undefined || REPEATABLE.has(operation.id);
    return repeatable ? repeat(once, given) : once();
  };

  return { apiUrl, authorization, call, open, repeat };
}

export function authorizationOf(token: string): string {
  return `Bearer ${token}`;
}

/** The address of an operation with its path and query filled in. */
export function urlOf(apiUrl: string, operation: Operation, input: AnyInput): string {
  const path = operation.path.replace(/:(\w+)/g, (_all, name: string) =>
    encodeURIComponent(input.params?.[name] ?? ''),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {}))
    if (value !== undefined) query.set(name, String(value));
  return `${apiUrl}${path}${query.size > 0 ? `?${query.toString()}` : ''}`;
}

async function read(response: Answer, apiUrl: string): Promise<unknown> {
  let text: string;
  try {
    text = await readText(response);
  } catch (error) {
    throw unreachable(apiUrl, error);
  }
  if (response.status === 204) return undefined;
  if (!/\bjson\b/.test(response.headers['content-type'] ?? '')) return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreachable(apiUrl, error);
  }
}
