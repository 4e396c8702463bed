import type { Request, Response } from 'express';
import type { KilnError } from '../domain/errors.js';
import type { ApiEvents } from '../ports/api-events.js';
import { classify, toProblem } from './problem.js';
import { requestIdOf } from './request-id.js';

/** How long a client may go on sending a body that was refused before its connection is cut. */
const LINGER_MS = 3_000;
const CLIENT_GONE = new Set(['ECONNRESET', 'EPIPE', 'ABORT_ERR', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Answers an error. Faults of ours are reported with their cause; a response that has begun is cut off instead. */
export function sendProblem(
  events: ApiEvents,
  operation: string,
  request: Request,
  response: Response,
  error: unknown,
): void {
  const requestId = requestIdOf(response);
  const known = classify(error);
  if (isOurs(known, response)) {
    events.requestFailed({ requestId, operation, error: known.cause ?? known, detail: known.detail ?? null });
  }
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (known.code === 'unauthenticated') response.setHeader('www-authenticate', 'Bearer realm="kiln"');
  if (known.code === 'unavailable') response.setHeader('retry-after', '1');
  if (!request.complete) cutLingeringBody(request, response);
  response.status(known.rule.status).type('application/problem+json');
  response.send(JSON.stringify(toProblem(known, requestId, projectOf(request))));
}

/** The project that the path names, which it may not have. */
function projectOf({ params }: Request): string | undefined {
  const { project } = params;
  return typeof project === 'string' && /^[\w-]{1,100}$/.test(project) ? project : undefined;
}

/** Whether the operators should hear of it; a client that went away in the middle is no fault. */
function isOurs(known: KilnError, response: Response): boolean {
  if (known.code === 'unavailable' || known.code === 'disk_full') return true;
  if (known.code !== 'internal') return false;
  const { code } = (known.cause ?? {}) as { code?: unknown };
  return !(response.destroyed && typeof code === 'string' && CLIENT_GONE.has(code));
}

/**
 * The client may still be sending. Closing at once would lose the answer to a reset, so the rest is thrown away for a moment.
 */
function cutLingeringBody(request: Request, response: Response): void {
  response.once('finish', () => {
    request.unpipe();
    request.resume();
    const cut = setTimeout(() => request.socket.destroy(), LINGER_MS).unref();
    request.once('end', () => clearTimeout(cut));
    request.once('close', () => clearTimeout(cut));
  });
}
