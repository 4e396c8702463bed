import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

const ACCEPTABLE = /^[\w.-]{8,64}$/;

/** Takes the caller's x-request-id when it is harmless, makes one otherwise, and sends it back. */
export const assignRequestId: RequestHandler = (request, response, next) => {
  const given = request.get('x-request-id');
  const id = given !== undefined && ACCEPTABLE.test(given) ? given : randomUUID();
  response.locals['requestId'] = id;
  response.setHeader('x-request-id', id);
  next();
};

/** The id of the request that a response answers. */
export function requestIdOf(response: Response): string {
  return String(response.locals['requestId']);
}
