import { z } from 'zod';
import { MOVE_STATUSES, REBUILD_STATES } from '../domain/base-images/judge-move.js';
import type { BaseImageWatch } from '../domain/base-images/watch.js';
import {
  at,
  BASE_IMAGE_DIGEST,
  BUILD_ID,
  MOVE_ID,
  OTHER_MANIFEST_DIGEST,
  PROJECT,
} from './examples/names.js';
import { operation } from './operation.js';
import { listOf } from './parameters.js';

const timestamp = z.iso.datetime({ offset: true });

/** Whether builds start when images that a project stands on have moved. */
export const Watch = z.strictObject({
  canary: z
    .boolean()
    .default(false)
    .describe(
      'whether it builds first of all projects that stand on an image; else the one that succeeded last does',
    ),
  branch: z
    .string()
    .min(1)
    .max(255)
    .nullable()
    .default(null)
    .describe('the newest success of this branch is watched; that of any branch for null'),
});
/** Does not compile when the schema and the type in the domain part. */
export const SAME_AS_DOMAIN: (watch: z.output<typeof Watch>) => BaseImageWatch = (watch) => watch;

export const WatchedImage = z.strictObject({
  reference: z.string().describe('an image by its tag, with its registry'),
  digest: z.string().nullable().describe('what the registry said last; null as long as it has told nothing'),
  checked_at: timestamp.nullable(),
  trouble: z.string().nullable().describe('why the last look told nothing'),
  not_before: timestamp.nullable().describe('until when the registry has asked to be left alone'),
  projects: z
    .array(
      z.strictObject({
        project: z.string(),
        build_number: z.int().describe('its newest success'),
        digest: z.string().nullable().describe('what that build was made from; null where nobody could tell'),
        is_base: z.boolean().describe('whether the image stands on it; else it was used on the way'),
      }),
    )
    .describe('canaries first, then those that succeeded last'),
});
export type WatchedImage = z.infer<typeof WatchedImage>;

export const BaseImageMove = z.strictObject({
  id: z.uuid(),
  reference: z.string(),
  from_digest: z.string(),
  to_digest: z.string(),
  status: z
    .enum(MOVE_STATUSES)
    .describe(
      'open: builds run or are to start; stopped: none starts before it is resumed; done: every project had its build; superseded: the tag has moved on',
    ),
  reason: z.string().nullable().describe('why it is stopped or superseded'),
  seen_at: timestamp,
  projects: z.array(
    z.strictObject({
      project: z.string(),
      is_canary: z.boolean(),
      state: z.enum(REBUILD_STATES),
      build_id: z.uuid().nullable(),
      build_number: z.int().nullable(),
      reason: z.string().nullable().describe('why there is no build, or not yet'),
    }),
  ),
});
export type BaseImageMove = z.infer<typeof BaseImageMove>;

const REFERENCE = 'docker.io/library/node:22';
const EXAMPLE_IMAGE: WatchedImage = {
  reference: REFERENCE,
  digest: OTHER_MANIFEST_DIGEST,
  checked_at: at(3600),
  trouble: null,
  not_before: null,
  projects: [{ project: PROJECT, build_number: 1, digest: BASE_IMAGE_DIGEST, is_base: true }],
};
const EXAMPLE_MOVE: BaseImageMove = {
  id: MOVE_ID,
  reference: REFERENCE,
  from_digest: BASE_IMAGE_DIGEST,
  to_digest: OTHER_MANIFEST_DIGEST,
  status: 'stopped',
  reason: `canary ${PROJECT}#1 failed at build (build_step_failed)`,
  seen_at: at(3600),
  projects: [
    { project: PROJECT, is_canary: true, state: 'failed', build_id: BUILD_ID, build_number: 1, reason: null },
  ],
};

export const listWatchedImages = operation({
  id: 'listWatchedImages',
  method: 'get',
  path: '/v1/base-images',
  tag: 'base images',
  summary: 'Images that watched projects stand on by a tag, and where that points now',
  auth: 'token',
  responses: { 200: { description: 'By reference.', schema: listOf(WatchedImage) } },
  errors: [],
  example: { answer: { status: 200, body: { items: [EXAMPLE_IMAGE] } } },
});

export const checkBaseImages = operation({
  id: 'checkBaseImages',
  method: 'post',
  path: '/v1/base-images/check',
  tag: 'base images',
  summary: 'Looks now where the watched tags point, and not when the next hour has come',
  auth: 'token',
  responses: {
    202: {
      description: 'The registries are being asked.',
      schema: z.strictObject({ images: z.int().min(0).describe('how many tags are watched') }),
    },
  },
  errors: ['unavailable'],
  example: { answer: { status: 202, body: { images: 1 } } },
});

export const listBaseImageMoves = operation({
  id: 'listBaseImageMoves',
  method: 'get',
  path: '/v1/base-image-moves',
  tag: 'base images',
  summary: 'Tags that have moved, and what became of the projects that stand on them',
  auth: 'token',
  responses: { 200: { description: 'The newest hundred, newest first.', schema: listOf(BaseImageMove) } },
  errors: [],
  example: { answer: { status: 200, body: { items: [EXAMPLE_MOVE] } } },
});

export const resumeBaseImageMove = operation({
  id: 'resumeBaseImageMove',
  method: 'post',
  path: '/v1/base-image-moves/:move/resume',
  tag: 'base images',
  summary: 'Lets a move go on that failures have stopped: the projects that wait for it are built',
  auth: 'token',
  params: z.strictObject({ move: z.uuid() }),
  responses: { 200: { description: 'The move as it is now.', schema: BaseImageMove } },
  errors: ['not_found', 'conflict'],
  example: {
    params: { move: MOVE_ID },
    answer: { status: 200, body: { ...EXAMPLE_MOVE, status: 'open', reason: null } },
  },
});
