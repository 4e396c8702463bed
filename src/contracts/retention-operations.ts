import { z } from 'zod';
import {
  IMAGE_ID,
  MANIFEST_DIGEST,
  PROJECT,
  PROJECT_ID,
  PRUNE_ID,
  REPOSITORY,
  at,
} from './examples/names.js';
import { operation } from './operation.js';
import { projectParams } from './parameters.js';
import { Prune, PrunePreview } from './retention.js';

const EXAMPLE_PRUNE: Prune = {
  id: PRUNE_ID,
  project_id: PROJECT_ID,
  prune_trigger: 'manual',
  requested_at: at(0),
  completed_at: null,
  removed: [],
  kept: [],
  troubles: [],
};

export const previewPrune = operation({
  id: 'previewPrune',
  method: 'get',
  path: '/v1/projects/:project/prune',
  tag: 'images',
  summary: 'Shows which images the retention of a project would remove now',
  description:
    'With `ask_registries` the registries are asked which of these images they have, and for tags that somebody else has set and that keep an image; without it the answer is as far as Kiln knows.',
  auth: 'token',
  params: projectParams,
  query: z.strictObject({
    ask_registries: z.enum(['true', 'false']).default('false').describe('takes a while with many tags'),
  }),
  responses: { 200: { description: 'What goes and what stays.', schema: PrunePreview } },
  errors: ['not_found', 'conflict'],
  example: {
    params: { project: PROJECT },
    query: { ask_registries: 'true' },
    answer: {
      status: 200,
      body: {
        retention: { keep_newest: 10, older_than_seconds: null, protected_tags: ['v*'], expendable_tags: [] },
        goes: [
          {
            image_id: IMAGE_ID,
            manifest_digest: MANIFEST_DIGEST,
            repositories: [REPOSITORY],
            tags: [`${REPOSITORY}:3`],
            branches: ['main'],
            last_published_at: at(-86_400),
            because: 'it is number 11 of the branch main, and nothing uses it',
            absent_from: [],
            in_use_in: [],
          },
        ],
        stays: [],
        freed_bytes: 14_680_064,
        shared_bytes: 3_670_016,
        troubles: [],
      } satisfies PrunePreview,
    },
  },
});

export const pruneImages = operation({
  id: 'pruneImages',
  method: 'post',
  path: '/v1/projects/:project/prune',
  tag: 'images',
  summary: 'Removes the images that the retention of a project lets go',
  description:
    'From the registries that its builds have published to, beside the builds; `getPrune` tells how far it is. What has to stay is decided anew for each image, right before. While a prune of the project is open, every further request gives that one.',
  auth: 'token',
  params: projectParams,
  responses: { 202: { description: 'The prune is open.', schema: Prune } },
  errors: ['not_found', 'conflict'],
  example: { params: { project: PROJECT }, answer: { status: 202, body: EXAMPLE_PRUNE } },
});

export const getPrune = operation({
  id: 'getPrune',
  method: 'get',
  path: '/v1/prunes/:prune',
  tag: 'images',
  summary: 'Shows a prune: what it has removed, and what it could not',
  auth: 'token',
  params: z.strictObject({ prune: z.uuid() }),
  responses: { 200: { description: 'The prune.', schema: Prune } },
  errors: ['not_found'],
  example: {
    params: { prune: PRUNE_ID },
    answer: {
      status: 200,
      body: {
        ...EXAMPLE_PRUNE,
        completed_at: at(4),
        removed: [{ manifest_digest: MANIFEST_DIGEST, repository: REPOSITORY, tags: ['3'] }],
      } satisfies Prune,
    },
  },
});
