import { z } from 'zod';
import { Build } from './builds.js';
import { APPROVED_BUILD, HELD_BUILD } from './examples/builds.js';
import { BUILD_ID } from './examples/names.js';
import { operation } from './operation.js';
import { buildParams } from './parameters.js';

const why = z.string().trim().min(1).max(2000);
const errors = [
  'not_found',
  'invalid_request',
  'invalid_json',
  'json_too_large',
  'conflict',
  'forbidden',
] as const;

export const approveBuild = operation({
  id: 'approveBuild',
  method: 'post',
  path: '/v1/builds/:build/approve',
  tag: 'builds',
  summary: 'Lets the image of a held build be published',
  description:
    'The build waits for a host again and is published there from staging; nothing is built anew. A decision is made once: the same again changes nothing, another one is refused, as is one after the expiry or a cancel.',
  auth: 'token',
  params: buildParams,
  body: z.strictObject({ why: why.optional() }),
  responses: { 200: { description: 'The decision is stored.', schema: Build } },
  errors,
  example: {
    params: { build: BUILD_ID },
    body: { why: 'the init process needs root' },
    answer: { status: 200, body: APPROVED_BUILD },
  },
});

export const rejectBuild = operation({
  id: 'rejectBuild',
  method: 'post',
  path: '/v1/builds/:build/reject',
  tag: 'builds',
  summary: 'Ends a held build without publishing its image',
  description:
    'The build fails with the reason that is given. A decision is made once: the same again changes nothing, another one is refused, as is one after the expiry or a cancel.',
  auth: 'token',
  params: buildParams,
  body: z.strictObject({ why }),
  responses: { 200: { description: 'The decision is stored; the build ends.', schema: Build } },
  errors,
  example: {
    params: { build: BUILD_ID },
    body: { why: 'runs as root' },
    answer: {
      status: 200,
      body: {
        ...HELD_BUILD,
        queue_reason: 'it was not approved, and ends now',
        gate: {
          ...APPROVED_BUILD.gate!,
          status: 'rejected',
          why: 'runs as root',
        },
      },
    },
  },
});
