import type { Request, Response } from 'express';
import type { Operation } from '../contracts/operation.js';
import { KilnError } from '../domain/errors.js';
import type { Reply } from './call.js';

/** Answers with what the handler gave. A body that its schema does not describe is an `internal` error, never sent. */
export async function sendReply(
  operation: Operation,
  reply: Reply<Operation>,
  request: Request,
  response: Response,
): Promise<void> {
  const spec = operation.responses[reply.status];
  if (spec === undefined) throw lie(operation, `status ${reply.status} is not in its contract`);
  const isCsv = spec.orCsv === true && reply.text !== undefined;
  const json = isCsv ? undefined : spec.schema && serialize(operation, spec.schema, reply.body);
  response.status(reply.status);
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
  if (json !== undefined) {
    response.type('application/json').send(json);
  } else if (isCsv) {
    response.type('text/csv').send(reply.text);
  } else if (reply.stream && request.method !== 'HEAD') {
    if (spec.contentType !== undefined && !response.hasHeader('content-type'))
      response.type(spec.contentType);
    await reply.stream(response);
    response.end();
  } else {
    if (spec.contentType !== undefined && !response.hasHeader('content-type'))
      response.type(spec.contentType);
    response.end(reply.text);
  }
}

function serialize(
  operation: Operation,
  schema: NonNullable<Operation['responses'][number]['schema']>,
  body: unknown,
): string {
  const result = schema.safeParse(body);
  if (result.success) return JSON.stringify(result.data);
  const where = result.error.issues
    .slice(0, 10)
    .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw lie(operation, where.join('; '));
}

function lie(operation: Operation, what: string): KilnError {
  return new KilnError('internal', {
    detail: `the response of ${operation.id} breaks its contract: ${what}`,
  });
}
