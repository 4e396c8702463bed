import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { z } from 'zod';
import { timeLimit } from '../../domain/time-limit.js';
import type { Operation } from '../../contracts/operation.js';
import { KilnError } from '../../domain/errors.js';
import { problemToError } from './problem.js';

/** Where a call goes, as whom, and how long its answer may take (null: as long as it likes). */
export interface CallTarget {
  readonly url: string;
  readonly token: string;
  readonly timeoutMs: number | null;
}

export interface CallInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, number>>;
  readonly body?: unknown;
  /** Sent as the body, as it is. */
  readonly file?: { readonly path: string; readonly sizeBytes: number };
  readonly signal?: AbortSignal | undefined;
}

/** The body of an operation's 200 answer; undefined for operations that answer with nothing. */
type Answer<O extends Operation> = O['responses'] extends { readonly 200: { readonly schema: infer S } }
  ? S extends z.ZodType
    ? z.infer<S>
    : undefined
  : undefined;

/** Calls an operation and validates what comes back. */
export async function callOperation<O extends Operation>(
  target: CallTarget,
  spec: O,
  input: CallInput,
): Promise<Answer<O>> {
  const response = await sendRequest(target, spec, input);
  const text = await readText(response);
  const schema = spec.responses[response.status]?.schema;
  if (schema === undefined) return undefined as Answer<O>;
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new KilnError('internal', {
      detail: `${spec.id} answered in an unknown shape: ${parsed.error.message}`,
    });
  }
  return parsed.data as Answer<O>;
}

/** Sends a request and gives the successful response with its body unread; a problem document becomes its KilnError. */
export async function sendRequest(target: CallTarget, spec: Operation, input: CallInput): Promise<Response> {
  const path = spec.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(input.params?.[name] ?? ''),
  );
  const signals = [input.signal, target.timeoutMs === null ? undefined : timeLimit(target.timeoutMs)];
  const url = new URL(path, target.url);
  for (const [name, value] of Object.entries(input.query ?? {})) url.searchParams.set(name, String(value));
  const response = await fetch(url, {
    method: spec.method.toUpperCase(),
    ...bodyOf(target.token, spec, input),
    signal: AbortSignal.any(signals.filter((signal) => signal !== undefined)),
  }).catch((cause: unknown) => unanswered(spec, input.signal, cause));
  if (response.ok) return response;
  throw problemToError(response.status, parseJson(await readText(response)));
}

function bodyOf(
  token: string,
  spec: Operation,
  { body, file }: CallInput,
): RequestInit & { duplex?: 'half' } {
  const authorization = `Bearer ${token}`;
  if (file === undefined)
    return {
      headers: { authorization, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    };
  return {
    headers: {
      authorization,
      'content-type': spec.rawBody ?? 'application/octet-stream',
      'content-length': String(file.sizeBytes),
    },
    body: Readable.toWeb(createReadStream(file.path)) as ReadableStream,
    duplex: 'half',
  };
}

/** An abort by the caller stays what it is; everything else means that nobody answered. */
function unanswered(spec: Operation, signal: AbortSignal | undefined, cause: unknown): never {
  signal?.throwIfAborted();
  const reason = cause instanceof Error ? (cause.cause ?? cause) : cause;
  throw new KilnError('unavailable', {
    message: 'The api does not answer.',
    detail: `${spec.id}: ${String(reason)}`,
    cause,
  });
}

async function readText(response: Response): Promise<string> {
  return response.text().catch((cause: unknown) => {
    throw new KilnError('unavailable', { message: 'The answer of the api broke off.', cause });
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
