import { z } from 'zod';
import { METHOD_NAMES } from '../engines/methods.js';
import { dockerfileFields, imageReference } from '../engines/dockerfile/fields.js';
import { buildxFields } from '../engines/buildx/schema.js';
import { Build } from './builds.js';
import { WHAT_IF } from './examples/builds.js';
import { BUILD_ID } from './examples/names.js';
import { NEW_BUILD_ERRORS } from './new-build.js';
import { operation } from './operation.js';
import { buildParams, idempotencyHeaders } from './parameters.js';

/** What is changed in a what-if. Nothing at all builds the same once more. */
export const WhatIfChanges = z.strictObject({
  base: z
    .record(imageReference, imageReference)
    .refine((images) => Object.keys(images).length <= 20, 'At most 20 images.')
    .optional()
    .describe(
      'by image that the build was made from, as its Dockerfile or its record names it: what takes its place',
    ),
  method: z.enum(METHOD_NAMES).optional().describe('another method that builds from a Dockerfile'),
  no_cache: z.literal(true).optional().describe('every step runs'),
  platforms: buildxFields.platforms.optional(),
  build_args: dockerfileFields.build_args.optional(),
  target_stage: dockerfileFields.target_stage.optional(),
});
export type WhatIfChanges = z.infer<typeof WhatIfChanges>;

export const WhatIfAnswer = z.strictObject({
  build: Build,
  pinned: z.array(z.string()).describe('images that it takes by the digest that the record has'),
});
export type WhatIfAnswer = z.infer<typeof WhatIfAnswer>;

export const whatIfBuild = operation({
  id: 'whatIfBuild',
  method: 'post',
  path: '/v1/builds/:build/what-if',
  tag: 'builds',
  summary:
    'Builds again what a build that succeeded has built, with changes, to compare the two; publishes nothing',
  description:
    'A new build of the same source and commit, with these changes and otherwise the same options, by the images that the record has where the method can be told so. Its image is staged and looked into, and then removed: it gets no tag, is of no branch, notifies nobody, and counts in no figures. A retry of it is a what-if too.',
  auth: 'token',
  params: buildParams,
  headers: idempotencyHeaders,
  body: z.strictObject({ changes: WhatIfChanges.default({}) }),
  responses: { 202: { description: 'Accepted.', schema: WhatIfAnswer } },
  errors: [...NEW_BUILD_ERRORS, 'host_not_allowed', 'method_not_offered', 'network_not_offered'],
  example: {
    params: { build: BUILD_ID },
    body: { changes: { no_cache: true } },
    answer: { status: 202, body: { build: WHAT_IF, pinned: [] } satisfies WhatIfAnswer },
  },
});
