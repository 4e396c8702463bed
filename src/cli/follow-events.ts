import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from '../contracts/operation.js';
import type { Client } from './client.js';
import type { Answer } from './http.js';
import { readEvents, type ServerEvent } from './event-stream.js';
import { CommandFailure } from './failure.js';
import { unreachable } from './problem.js';

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly query?: Readonly<Record<string, string>>;
  /** Called when the stream broke and is opened again: how long nothing has come, and how much longer it is tried. */
  readonly onBroken?: (awayMs: number, leftMs: number) => void;
  /** A stream that says nothing (not even a comment) for so long is opened again. */
  readonly silenceMs?: number;
  /** When nothing has come for so long and the stream cannot be opened, following ends with a failure. */
  readonly patienceMs?: number;
  readonly firstDelayMs?: number;
}

const LONGEST_DELAY_MS = 5_000;
/** A restart of Kiln takes seconds; longer than this, somebody has stopped it. */
const PATIENCE_MS = 2 * 60_000;

/**
 * Follows an event stream until its `end` event, over any number of broken connections: each new one resumes with
 * Last-Event-ID. Ends silently when the signal aborts; throws when Kiln refuses, or stays away too long.
 */
export async function* followEvents(
  client: Client,
  operation: Operation,
  params: Readonly<Record<string, string>>,
  options: FollowOptions,
): AsyncGenerator<ServerEvent> {
  const { signal, silenceMs = 60_000, patienceMs = PATIENCE_MS, firstDelayMs = 200 } = options;
  let lastId = '';
  let delayMs = firstDelayMs;
  let lastHeardMs = Date.now();
  while (!signal.aborted) {
    let cause: unknown = 'the stream ended early';
    const quiet = watchSilence(silenceMs);
    try {
      const headers = { accept: 'text/event-stream', ...(lastId === '' ? {} : { 'last-event-id': lastId }) };
      const response = await client.open(
        operation,
        { params, ...(options.query === undefined ? {} : { query: options.query }) },
        { signal: AbortSignal.any([signal, quiet.signal]), headers },
      );
      const onBytes = (): void => {
        quiet.reset();
        lastHeardMs = Date.now();
      };
      for await (const event of readEvents(heard(response, onBytes))) {
        delayMs = firstDelayMs;
        if (event.id !== '') lastId = event.id;
        yield event;
        if (event.event === 'end') return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof CommandFailure && !error.rule.retryable) throw error;
      cause = error;
    } finally {
      quiet.stop();
    }
    if (signal.aborted) return;
    const awayMs = Date.now() - lastHeardMs;
    if (awayMs > patienceMs)
      throw cause instanceof CommandFailure ? cause : unreachable(client.apiUrl, cause);
    options.onBroken?.(awayMs, patienceMs - awayMs);
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
  }
}

async function* heard({ body }: Answer, onBytes: () => void): AsyncGenerator<Uint8Array> {
  for await (const bytes of body) {
    onBytes();
    yield bytes;
  }
}

function watchSilence(silenceMs: number): { signal: AbortSignal; reset: () => void; stop: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new DOMException('silence', 'TimeoutError')),
    silenceMs,
  ).unref();
  return { signal: controller.signal, reset: () => void timer.refresh(), stop: () => clearTimeout(timer) };
}
