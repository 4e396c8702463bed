import { z } from 'zod';
import { type PinImages, withoutCaches } from '../domain/builds/rebuild.js';
import type { BuildMethod } from '../domain/builds/method.js';
import { METHODS } from '../engines/methods.js';
import { Build } from './builds.js';
import { RETRY } from './examples/builds.js';
import { BUILD_ID } from './examples/names.js';
import { NEW_BUILD_ERRORS } from './new-build.js';
import { operation } from './operation.js';
import { buildParams, idempotencyHeaders } from './parameters.js';

export const Rebuild = z.strictObject({
  build: Build,
  pinned: z.array(z.string()).describe('images that it takes by the digest that the record has'),
  not_pinned: z
    .array(z.string())
    .describe(
      'images that it takes as their names stand for now: the method cannot pin them, or no digest is recorded',
    ),
});
export type Rebuild = z.infer<typeof Rebuild>;

export const rebuildBuild = operation({
  id: 'rebuildBuild',
  method: 'post',
  path: '/v1/builds/:build/rebuild',
  tag: 'builds',
  summary: 'Builds again what a build that succeeded has built, from its record',
  description:
    'A new build of the same source, commit and options, by the images that the record has where the method can be told so, without caches. It goes to a tag of its own, `<number>-rebuilt-<number>`.',
  auth: 'token',
  params: buildParams,
  headers: idempotencyHeaders,
  body: z.strictObject({}),
  responses: { 202: { description: 'Accepted.', schema: Rebuild } },
  errors: [...NEW_BUILD_ERRORS, 'scan_unavailable'],
  example: {
    params: { build: BUILD_ID },
    body: {},
    answer: { status: 202, body: { build: RETRY, pinned: [], not_pinned: [] } satisfies Rebuild },
  },
});

/** What a method takes of an earlier build: every step anew, and its images where it can be told which. */
export function pinFor(method: BuildMethod): PinImages {
  return (options, used) => {
    const found = METHODS[method];
    const anew = withoutCaches(options, found?.hasCaches !== false);
    return found?.pin?.(anew, used) ?? { options: anew, images: [] };
  };
}
