import { z } from 'zod';
import { ARTIFACT_TYPES } from '../domain/builds/artifact.js';
import { BuildArtifact } from './artifacts.js';
import { ARTIFACTS } from './examples/build-records.js';
import { HELLO } from './examples/uploads.js';
import { BUILD_ID } from './examples/names.js';
import { operation } from './operation.js';
import { buildParams, listOf } from './parameters.js';

export const listArtifacts = operation({
  id: 'listArtifacts',
  method: 'get',
  path: '/v1/builds/:build/artifacts',
  tag: 'builds',
  summary:
    'What a build has left: its image and log, what was kept of its stages, what was made of its image',
  auth: 'token',
  params: buildParams,
  responses: { 200: { description: 'By name.', schema: listOf(BuildArtifact) } },
  errors: ['not_found'],
  example: { params: { build: BUILD_ID }, answer: { status: 200, body: { items: ARTIFACTS } } },
});

export const getArtifact = operation({
  id: 'getArtifact',
  method: 'get',
  path: '/v1/builds/:build/artifacts/:artifact',
  tag: 'builds',
  summary: 'Downloads an artifact',
  description:
    'The file, or the folder as one tar; its digest is checked before the first byte is sent, and is the etag. Takes a range of bytes, as `curl -C -` asks for.',
  auth: 'token',
  params: buildParams.extend({ artifact: z.string().min(1).max(700) }),
  query: z.strictObject({
    type: z.enum(ARTIFACT_TYPES).optional().describe('which one, where several have this name'),
  }),
  responses: {
    200: { description: 'The whole.', contentType: 'application/octet-stream' },
    206: { description: 'The range that was asked for.', contentType: 'application/octet-stream' },
    304: { description: 'The bytes are those of if-none-match.' },
  },
  errors: ['not_found', 'range_not_satisfiable'],
  example: {
    params: { build: BUILD_ID, artifact: 'app.txt' },
    answer: { status: 200, body: HELLO },
  },
});

/** Of supervisors, as those of supervisor.ts. */
export const putArtifact = operation({
  id: 'putArtifact',
  method: 'put',
  path: '/internal/v1/leases/:lease/artifacts/:digest',
  tag: 'supervisor',
  summary:
    'Stores the bytes of an artifact, which the outcome is to name; bytes that are there already are left as they are',
  auth: 'lease',
  params: z.object({
    lease: z.uuid(),
    digest: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  query: z.strictObject({
    fence: z.coerce.number<string>().int().min(1),
    size_bytes: z.coerce.number<string>().int().min(0),
  }),
  rawBody: 'application/octet-stream',
  responses: { 204: { description: 'Stored.' } },
  errors: ['unauthenticated', 'stale_fence', 'payload_too_large', 'digest_mismatch', 'disk_full'],
});
