import type { Express, Request, Response } from 'express';
import type { z } from 'zod';
import type { Operation } from '../contracts/operation.js';
import { KilnError } from '../domain/errors.js';
import { readTraceparent } from '../domain/traces/traceparent.js';
import { authenticate } from './authenticate.js';
import type { Bound, Call } from './call.js';
import type { ApiDeps } from './deps.js';
import { jsonReader } from './read-json.js';
import { reportRequest } from './report-request.js';
import { sendProblem } from './send-problem.js';
import { sendReply } from './send-reply.js';
import { validate } from './validate.js';

/**
 * Serves every operation in the same way: authenticate, validate, handle, validate the response, answer. The token comes
 * first, so without one nothing can be learned of what exists.
 */
export function mountOperations(app: Express, bound: readonly Bound[], deps: ApiDeps): void {
  const readers = {
    people: jsonReader(deps.limits.jsonMaxBytes),
    supervisors: jsonReader(deps.limits.supervisorJsonMaxBytes),
  };
  for (const { operation, handle } of bound) {
    const readJson = operation.auth === 'lease' ? readers.supervisors : readers.people;
    app[operation.method](operation.path, async (request: Request, response: Response) => {
      reportRequest(deps.events, operation.id, request, response);
      try {
        const call = await receive(deps, operation, request, response, readJson);
        await sendReply(operation, await handle(call), request, response);
      } catch (error) {
        reportRefusal(deps, operation, request, error);
        sendProblem(deps.events, operation.id, request, response, error);
      }
    });
  }
  refuseOtherMethods(app, bound, deps);
}

async function receive(
  deps: ApiDeps,
  operation: Operation,
  request: Request,
  response: Response,
  readJson: (request: Request, response: Response) => Promise<unknown>,
): Promise<Call<Operation>> {
  const receivedAt = new Date();
  const caller = await authenticate(
    deps,
    operation.auth,
    request.get('authorization'),
    request.params['lease'],
  );
  const trace = readTraceparent(request.get('traceparent'));
  const call = {
    caller: operation.auth === 'token' ? { ...caller, request: { receivedAt, trace } } : caller,
    request,
    params: operation.params && parseParams(operation.params, request.params),
    query: operation.query && validate(operation.query, { ...request.query }, 'query'),
    headers: operation.headers && validate(operation.headers, request.headers, 'headers'),
    body: operation.body && validate(operation.body, await readJson(request, response), 'body'),
  };
  return call as unknown as Call<Operation>;
}

/** A malformed id cannot exist, and the answer must look the same as for one that does not. */
function parseParams(schema: z.ZodObject, params: unknown): unknown {
  const result = schema.safeParse(params);
  if (!result.success) throw new KilnError('not_found');
  return result.data;
}

function reportRefusal(deps: ApiDeps, operation: Operation, request: Request, error: unknown): void {
  if (!(error instanceof KilnError) || error.code !== 'stale_fence') return;
  deps.events.leaseRefused({ operation: operation.id, leaseId: String(request.params['lease']) });
}

function refuseOtherMethods(app: Express, bound: readonly Bound[], deps: ApiDeps): void {
  for (const path of new Set(bound.map(({ operation }) => operation.path))) {
    const methods = bound.flatMap(({ operation }) =>
      operation.path === path ? [operation.method.toUpperCase()] : [],
    );
    if (methods.includes('GET')) methods.push('HEAD');
    app.all(path, (request, response) => {
      reportRequest(deps.events, 'method_not_allowed', request, response);
      response.setHeader('allow', methods.join(', '));
      sendProblem(deps.events, 'method_not_allowed', request, response, new KilnError('method_not_allowed'));
    });
  }
}
