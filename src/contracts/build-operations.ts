import { z } from 'zod';
import { BUILD_STATUSES } from '../domain/builds/status.js';
import { Build } from './builds.js';
import { NewBuild } from './new-build.js';
import { operation } from './operation.js';
import { buildParams, pageOf, pageQuery, projectParams } from './parameters.js';

export const createBuild = operation({
  id: 'createBuild',
  method: 'post',
  path: '/v1/projects/:project/builds',
  tag: 'builds',
  summary: 'Accepts a build',
  description:
    'Options, upload and Dockerfile are checked before anything is queued. The answer comes after the commit; a request without an answer may be repeated under the same Idempotency-Key and gives the same build.',
  auth: 'token',
  params: projectParams,
  headers: z.object({
    'idempotency-key': z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/, 'expected 1 to 255 visible ASCII characters')
      .optional(),
  }),
  body: NewBuild,
  responses: { 202: { description: 'Accepted; the Location header names the build.', schema: Build } },
  errors: [
    'not_found',
    'invalid_request',
    'invalid_json',
    'json_too_large',
    'payload_too_large',
    'idempotency_key_reused',
    'context_invalid',
    'path_escapes_context',
    'dockerfile_missing',
    'dockerfile_invalid',
    'secret_missing',
  ],
});

export const getBuild = operation({
  id: 'getBuild',
  method: 'get',
  path: '/v1/builds/:build',
  tag: 'builds',
  summary: 'Shows a build with its result',
  auth: 'token',
  params: buildParams,
  responses: { 200: { description: 'The build.', schema: Build } },
  errors: ['not_found'],
});

export const listBuilds = operation({
  id: 'listBuilds',
  method: 'get',
  path: '/v1/builds',
  tag: 'builds',
  summary: 'Lists builds, newest first',
  auth: 'token',
  query: pageQuery.extend({
    project: z.string().min(1).max(100).optional().describe('slug or id'),
    status: z.enum(BUILD_STATUSES).optional(),
  }),
  responses: { 200: { description: 'One page.', schema: pageOf(Build) } },
  errors: ['invalid_request', 'not_found'],
});

export const cancelBuild = operation({
  id: 'cancelBuild',
  method: 'post',
  path: '/v1/builds/:build/cancel',
  tag: 'builds',
  summary: 'Asks for the end of a build',
  description:
    'A build that has ended is returned unchanged. The build ends as cancelled unless its push had begun.',
  auth: 'token',
  params: buildParams,
  responses: { 202: { description: 'The wish is stored.', schema: Build } },
  errors: ['not_found'],
});
