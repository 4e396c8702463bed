import type http from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { z } from 'zod';
import type { Operation } from '../contracts/operation.js';
import { urlOf, type Client } from './client.js';
import { CommandFailure } from './failure.js';
import { moduleFor } from './http.js';
import { failureOfAnswer, unreachable } from './problem.js';

/** A transfer that moves no byte for so long is broken. */
const STALL_MS = 60_000;
const GZIP_LEVEL = 4;

export interface Sending {
  readonly params?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Bytes before compression that were handed to the connection. */
  readonly onBytes?: (bytes: number) => void;
}

type AnswerOf<O> = O extends {
  readonly responses: { readonly 200: { readonly schema: infer S extends z.ZodType } };
}
  ? z.output<S>
  : never;

/**
 * Sends bytes as the body of an operation, compressed unless Kiln is on this machine. An answer that comes before the last byte
 * (too large, wrong token) ends the sending. Not repeated: what had arrived of a broken transfer is for the caller to ask.
 */
export async function sendBytes<O extends Operation>(
  client: Client,
  operation: O,
  body: AsyncIterable<Uint8Array>,
  sending: Sending,
): Promise<AnswerOf<O>> {
  const url = new URL(urlOf(client.apiUrl, operation, { params: sending.params ?? {} }));
  const isNear = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  const { request: open } = await moduleFor(url.protocol);
  const request = open(url, {
    method: operation.method.toUpperCase(),
    signal: sending.signal,
    headers: {
      authorization: client.authorization,
      'content-type': operation.rawBody,
      ...(isNear ? {} : { 'content-encoding': 'gzip' }),
      ...sending.headers,
    },
  });
  request.setTimeout(STALL_MS, () =>
    request.destroy(new CommandFailure('unavailable', { message: 'The upload stalled.' })),
  );
  const answer = answerOf(request);
  const counted = Readable.from(counting(body, sending.onBytes));
  const flow = isNear
    ? pipeline(counted, request)
    : pipeline(counted, createGzip({ level: GZIP_LEVEL }), request);
  /* What the body itself has to say (a file that changed) comes first; a broken connection is told by the answer. */
  const ownFault = flow.then(
    () => new Promise<never>(() => undefined),
    (error: unknown) =>
      error instanceof CommandFailure ? Promise.reject(error) : new Promise<never>(() => undefined),
  );
  try {
    const { status, text } = await Promise.race([answer, ownFault]);
    if (status < 200 || status > 299) throw failureOfAnswer(status, text, client.apiUrl);
    return JSON.parse(text) as AnswerOf<O>;
  } catch (error) {
    if (error instanceof CommandFailure || sending.signal.aborted) throw error;
    throw unreachable(client.apiUrl, error);
  } finally {
    answer.catch(() => undefined);
    ownFault.catch(() => undefined);
    request.destroy();
  }
}

function answerOf(request: http.ClientRequest): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      /* Once an answer is there, a connection that breaks under the rest of the body changes nothing. */
      request.off('error', reject).on('error', () => undefined);
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.once('error', reject);
    });
  });
}

async function* counting(
  body: AsyncIterable<Uint8Array>,
  onBytes: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const part of body) {
    yield part;
    onBytes?.(part.length);
  }
}
