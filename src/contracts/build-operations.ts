import { z } from 'zod';
import { RESUME_PHASES } from '../domain/builds/retry.js';
import { BUILD_STATUSES } from '../domain/builds/status.js';
import { GATE_STATUSES } from '../domain/gates/gate-status.js';
import { Build } from './builds.js';
import { KnownMethod } from './known-method.js';
import { NEW_BUILD_ERRORS, NewBuild } from './new-build.js';
import { operation } from './operation.js';
import { buildParams, idempotencyHeaders, listOf, pageOf, pageQuery, projectParams } from './parameters.js';
import { ACCEPTED_BUILD, CANCELLED_BUILD, FINISHED_BUILD, RETRY } from './examples/builds.js';
import { BUILD_ID, PROJECT, REPOSITORY } from './examples/names.js';

const CommitStart = z
  .string()
  .regex(/^[0-9a-f]{4,64}$/i, 'expected 4 to 64 hexadecimal digits')
  .transform((digits) => digits.toLowerCase());

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
  headers: idempotencyHeaders,
  body: NewBuild,
  responses: { 202: { description: 'Accepted; the Location header names the build.', schema: Build } },
  errors: [
    ...NEW_BUILD_ERRORS,
    'source_too_large',
    'context_invalid',
    'path_escapes_context',
    'dockerfile_missing',
    'method_not_offered',
    'destination_not_allowed',
    'dockerfile_invalid',
    'host_not_allowed',
    'scan_unavailable',
    'network_not_offered',
    'needs_not_offered',
    'secret_missing',
    'secret_not_allowed',
  ],
  example: {
    params: { project: PROJECT },
    headers: { 'idempotency-key': 'release-1.2' },
    body: {
      source: { kind: 'git', url: 'https://git.example.com/team/app.git', ref: 'main' },
      options: { build_args: { VERSION: '1.2' } },
      destinations: [`${REPOSITORY}:1.2`],
    },
    answer: { status: 202, body: ACCEPTED_BUILD },
  },
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
  example: { params: { build: BUILD_ID }, answer: { status: 200, body: FINISHED_BUILD } },
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
    number: z.coerce
      .number<string>()
      .int()
      .min(1)
      .max(999_999_999)
      .optional()
      .describe('of the build in its project'),
    status: z.enum(BUILD_STATUSES).optional(),
    gate: z.enum(GATE_STATUSES).optional().describe('held: those that wait for approval'),
    branch: z.string().min(1).max(255).optional(),
    method: KnownMethod.optional(),
    commit: CommitStart.optional().describe('a commit, or at least the first four digits of one'),
    what_ifs: z
      .enum(['only', 'without'])
      .optional()
      .describe('of what-ifs, builds that are never published: those alone, or none of them'),
  }),
  responses: { 200: { description: 'One page.', schema: pageOf(Build) } },
  errors: ['invalid_request', 'not_found'],
  example: {
    query: { project: PROJECT, limit: '20' },
    answer: { status: 200, body: { items: [FINISHED_BUILD], next_cursor: null } },
  },
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
  example: { params: { build: BUILD_ID }, answer: { status: 202, body: CANCELLED_BUILD } },
});

export const retryBuild = operation({
  id: 'retryBuild',
  method: 'post',
  path: '/v1/builds/:build/retry',
  tag: 'builds',
  summary: 'Builds again what a failed or cancelled build was to build',
  description:
    'Makes a new build with the configuration, source and commit of the newest build of the chain, which it points at. While a retry of the chain is live, every further request gives that retry. `resume_from: publish` publishes the image that an earlier build of the chain left in staging, without building again.',
  auth: 'token',
  params: buildParams,
  headers: idempotencyHeaders,
  body: z.strictObject({
    resume_from: z
      .enum(RESUME_PHASES)
      .default('source')
      .describe('`source` does everything anew; `publish` only pushes'),
  }),
  responses: {
    202: { description: 'The retry is accepted; the Location header names it.', schema: Build },
    200: { description: 'A retry of this chain is live already: this one.', schema: Build },
  },
  errors: [...NEW_BUILD_ERRORS, 'resume_impossible', 'scan_unavailable'],
  example: {
    params: { build: BUILD_ID },
    body: { resume_from: 'source' },
    answer: { status: 202, body: RETRY },
  },
});

export const listChain = operation({
  id: 'listChain',
  method: 'get',
  path: '/v1/builds/:build/chain',
  tag: 'builds',
  summary: 'Lists a build with its retries',
  description: 'The first build of the chain first, whichever of them is asked for.',
  auth: 'token',
  params: buildParams,
  responses: {
    200: { description: 'The chain; one build when it was never retried.', schema: listOf(Build) },
  },
  errors: ['not_found'],
  example: { params: { build: BUILD_ID }, answer: { status: 200, body: { items: [FINISHED_BUILD] } } },
});
