import { z } from 'zod';
import { operation } from './operation.js';
import { buildParams, logCursor } from './parameters.js';
import { BUILD_EVENTS, LOG_CHUNK, LOG_EVENTS } from './examples/build-records.js';
import { BUILD_ID } from './examples/names.js';

export const getLog = operation({
  id: 'getLog',
  method: 'get',
  path: '/v1/builds/:build/log',
  tag: 'logs',
  summary: 'The log as text: whole, or so far',
  description: 'The header kiln-log-complete says whether the log was stored whole when the answer began.',
  auth: 'token',
  params: buildParams,
  responses: { 200: { description: 'The log.', contentType: 'text/plain' } },
  errors: ['not_found', 'log_removed'],
  example: { params: { build: BUILD_ID }, answer: { status: 200, body: LOG_CHUNK.log_content } },
});

export const followLog = operation({
  id: 'followLog',
  method: 'get',
  path: '/v1/builds/:build/log/events',
  tag: 'logs',
  summary: 'The log as server-sent events, as it grows',
  description:
    'Event `log` carries a LogChunk; its id is `<attempt>.<chunk>`. Event `end` comes only when the log is stored whole; a stream that closes without it is to be resumed with Last-Event-ID or `after`.',
  auth: 'token',
  params: buildParams,
  query: z.strictObject({ after: logCursor.optional().describe('the id of the last event that was read') }),
  headers: z.object({ 'last-event-id': logCursor.optional() }),
  responses: { 200: { description: 'Events `log` and `end`.', contentType: 'text/event-stream' } },
  errors: ['not_found', 'invalid_request', 'log_removed'],
  example: {
    params: { build: BUILD_ID },
    query: { after: '1.0' },
    answer: { status: 200, body: LOG_EVENTS },
  },
});

export const followBuild = operation({
  id: 'followBuild',
  method: 'get',
  path: '/v1/builds/:build/events',
  tag: 'builds',
  summary: 'The build, its steps and its publications as server-sent events, whenever they change',
  description:
    'Event `build` carries a Build, event `queue` a QueuedBuild while it waits, event `step` a BuildStep, event `publication` a Publication, event `end` {"status"} once the build is terminal. A new connection starts with everything as it stands.',
  auth: 'token',
  params: buildParams,
  responses: {
    200: {
      description: 'Events `build`, `queue`, `step`, `publication` and `end`.',
      contentType: 'text/event-stream',
    },
  },
  errors: ['not_found'],
  example: { params: { build: BUILD_ID }, answer: { status: 200, body: BUILD_EVENTS } },
});
