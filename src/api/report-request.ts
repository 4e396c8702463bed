import type { Request, Response } from 'express';
import type { ApiEvents } from '../ports/api-events.js';
import { requestIdOf } from './request-id.js';

/** Reported for a client that left before an answer; the number is nginx's. */
const CLIENT_CLOSED = 499;

/** Reports the request once it is over. Neither query, headers nor body are told. */
export function reportRequest(
  events: ApiEvents,
  operation: string,
  request: Request,
  response: Response,
): void {
  const startedAt = performance.now();
  const build = request.params['build'];
  response.once('close', () => {
    const noted: unknown = response.locals['buildId'];
    events.requestServed({
      requestId: requestIdOf(response),
      operation,
      method: request.method,
      path: request.path,
      status: response.headersSent ? response.statusCode : CLIENT_CLOSED,
      durationMs: Math.round(performance.now() - startedAt),
      buildId: typeof build === 'string' ? build : typeof noted === 'string' ? noted : null,
    });
  });
}
