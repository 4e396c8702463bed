import type { z } from 'zod';
import type { ErrorCode } from '../domain/errors.js';

/** Who may call an operation: nobody's token, an API token, a worker's token, or the token of one lease. */
export type Auth = 'none' | 'token' | 'worker' | 'lease';

/** One response of an operation. Without a schema the body is `contentType` as it is (text, bytes, event stream). With `orCsv` it may be text/csv instead. */
export interface ResponseSpec {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly contentType?: string;
  readonly orCsv?: true;
}

/**
 * One call that works, with its answer. What path, query and headers hold is text, as in a request. `file` is sent as the body: a raw
 * one (its content null where that is no text), or `body` as JSON where that must not stand on a command line. A body of the
 * answer is JSON or text, as the response says.
 */
export interface Example {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly file?: { readonly name: string; readonly content: string | null };
  readonly answer: { readonly status: number; readonly body?: unknown };
}

/**
 * One HTTP operation as data: routes, validation of requests and responses, OpenAPI and client types come from it.
 * Paths use Express syntax (`/v1/builds/:build`). Errors are answered as application/problem+json.
 */
export interface Operation {
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly auth: Auth;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** The request body is a stream of bytes of this content type and is not parsed. */
  readonly rawBody?: string;
  readonly responses: Readonly<Record<number, ResponseSpec>>;
  readonly errors: readonly ErrorCode[];
  readonly example?: Example;
}

/** An operation that people call: its document shows an example. */
export type PublicOperation = Operation & { readonly example: Example };

/** Keeps the literal types of an operation. */
export function operation<const O extends Operation>(spec: O): O {
  return spec;
}
