import express, { type ErrorRequestHandler, type Express } from 'express';
import helmet from 'helmet';
import { KilnError } from '../domain/errors.js';
import type { ApiDeps } from './deps.js';
import { bindHandlers } from './handlers/index.js';
import { mountOperations } from './mount.js';
import { mountReference } from './reference/mount-reference.js';
import { reportRequest } from './report-request.js';
import { assignRequestId } from './request-id.js';
import { sendProblem } from './send-problem.js';

/** The HTTP api over its ports. It listens to nothing by itself; see serve.ts. */
export function createApp(deps: ApiDeps): Express {
  const app = express();
  app.set('query parser', 'simple');
  app.set('etag', false);
  app.set('case sensitive routing', true);
  app.use(helmet());
  app.use(assignRequestId);
  app.use((_request, response, next) => {
    response.setHeader('cache-control', 'no-store');
    next();
  });
  mountReference(app, deps);
  mountOperations(app, bindHandlers(deps), deps);
  app.use((request, response) => {
    reportRequest(deps.events, 'unknown', request, response);
    sendProblem(
      deps.events,
      'unknown',
      request,
      response,
      new KilnError('not_found', { message: 'There is no such path.' }),
    );
  });
  const onError: ErrorRequestHandler = (error, request, response, next) => {
    if (response.headersSent) next(error);
    else sendProblem(deps.events, 'unknown', request, response, error);
  };
  app.use(onError);
  return app;
}
