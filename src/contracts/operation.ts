import type { z } from 'zod';
import type { ErrorCode } from '../domain/errors.js';

/** Who may call an operation: nobody's token, an API token, a worker's token, or the token of one lease. */
export type Auth = 'none' | 'token' | 'worker' | 'lease';

/** One response of an operation. Without a schema the body is `contentType` as it is (text, bytes, event stream). */
export interface ResponseSpec {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly contentType?: string;
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
}

/** Keeps the literal types of an operation. */
export function operation<const O extends Operation>(spec: O): O {
  return spec;
}
