import { z } from 'zod';
import { PROJECT } from './examples/names.js';
import { operation } from './operation.js';
import { projectParams } from './parameters.js';

const params = { project: PROJECT };
export const EXAMPLE_BADGE_TOKEN = 'hB1xVqv0yXnC3m8s5tZk2w9a';

/** Where the badge of a project is. */
export const Badge = z.strictObject({
  url_path: z.string().describe('path of the picture, with its token; `&branch=NAME` asks for one branch'),
});

export const switchBadgeOn = operation({
  id: 'switchBadgeOn',
  method: 'post',
  path: '/v1/projects/:project/badge',
  tag: 'projects',
  summary: 'Gives a project a badge with a new address, and shows it once',
  description:
    'Whoever has the address sees how the newest build has ended. An older address shows nothing any more.',
  auth: 'token',
  params: projectParams,
  responses: { 200: { description: 'It is on.', schema: Badge } },
  errors: ['not_found'],
  example: {
    params,
    answer: {
      status: 200,
      body: { url_path: `/v1/projects/${PROJECT}/badge.svg?token=${EXAMPLE_BADGE_TOKEN}` },
    },
  },
});

export const switchBadgeOff = operation({
  id: 'switchBadgeOff',
  method: 'delete',
  path: '/v1/projects/:project/badge',
  tag: 'projects',
  summary: 'Takes the badge of a project away',
  auth: 'token',
  params: projectParams,
  responses: { 204: { description: 'It is off.' } },
  errors: ['not_found'],
  example: { params, answer: { status: 204 } },
});

export const getBadge = operation({
  id: 'getBadge',
  method: 'get',
  path: '/v1/projects/:project/badge.svg',
  tag: 'projects',
  summary: 'Shows how the newest build of a project, or of one branch of it, has ended',
  auth: 'none',
  params: projectParams,
  query: z.strictObject({
    token: z.string().min(1).max(100).describe('of the badge; an API token is none'),
    branch: z.string().min(1).max(255).optional(),
  }),
  headers: z.object({ 'if-none-match': z.string().max(500).optional() }),
  responses: {
    200: { description: 'The picture.', contentType: 'image/svg+xml' },
    304: { description: 'It is the one that the caller has.' },
  },
  errors: ['invalid_request', 'not_found'],
  example: {
    params,
    query: { token: EXAMPLE_BADGE_TOKEN, branch: 'main' },
    answer: {
      status: 200,
      body: '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="app: passing"/>',
    },
  },
});
