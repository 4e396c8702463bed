import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Operation } from '../contracts/operation.js';
import type { LeaseHolder } from '../ports/dispatch.js';
import type { TenantContext } from '../ports/stores.js';

export interface WorkerIdentity {
  readonly workerId: string;
  readonly workerName: string;
}

/** Who calls, by the operation's kind of token. */
export interface Callers {
  readonly none: null;
  readonly token: TenantContext;
  readonly worker: WorkerIdentity;
  readonly lease: LeaseHolder;
}

type Parsed<O, Part extends string> = O extends { readonly [P in Part]: infer S extends z.ZodType }
  ? z.output<S>
  : undefined;

/** One validated request. */
export interface Call<O extends Operation> {
  readonly params: Parsed<O, 'params'>;
  readonly query: Parsed<O, 'query'>;
  readonly headers: Parsed<O, 'headers'>;
  readonly body: Parsed<O, 'body'>;
  readonly caller: Callers[O['auth']];
  /** For operations with a raw body: the bytes, unread. */
  readonly request: Request;
}

type Responses<O extends Operation> = O['responses'][keyof O['responses']];
type BodyOf<R> = R extends { readonly schema: infer S extends z.ZodType } ? z.input<S> : never;

/** Status, headers, and one of: a body that the response's schema describes, a text, or a writer of the stream. */
export interface Reply<O extends Operation> {
  readonly status: keyof O['responses'] & number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: BodyOf<Responses<O>>;
  readonly text?: string;
  /** Called after the head; resolves when everything is written or the client is gone. */
  readonly stream?: (response: Response) => Promise<void>;
}

export type Handler<O extends Operation> = (call: Call<O>) => Promise<Reply<O>>;

/** An operation with the handler that serves it. */
export interface Bound {
  readonly operation: Operation;
  readonly handle: (call: Call<Operation>) => Promise<Reply<Operation>>;
}

/** Ties a handler to its operation; the types of both agree here and are forgotten after. */
export function bind<O extends Operation>(operation: O, handler: Handler<O>): Bound {
  return { operation, handle: handler as unknown as Bound['handle'] };
}
