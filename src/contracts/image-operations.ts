import { z } from 'zod';
import { BuildLayer } from './builds.js';
import { LAYERS } from './examples/build-records.js';
import { DIFFERENCE, FILES, IMAGE, IMAGE_DETAIL } from './examples/images.js';
import { IMAGE_ID, OTHER_IMAGE_ID, PROJECT } from './examples/names.js';
import { Image, ImageDetail, ImageDifference, ImageFile } from './images.js';
import { operation } from './operation.js';
import { listOf, pageOf, pageQuery } from './parameters.js';

const imageReference = z
  .string()
  .regex(
    /^(?:[0-9a-f]{8}-[0-9a-f-]{27}|sha256:[0-9a-f]{7,64})$/,
    'expected the id of an image, or its digest or the beginning of it (sha256: and at least 7 digits)',
  );
export const imageParams = z.strictObject({ image: imageReference });
export const platform = z
  .string()
  .min(1)
  .max(100)
  .optional()
  .describe('of an index; its first one unless it is given');
const MAX_WAIT_SECONDS = 55;

export const listImages = operation({
  id: 'listImages',
  method: 'get',
  path: '/v1/images',
  tag: 'images',
  summary: 'Lists images that builds have made, the one that was built last first',
  auth: 'token',
  query: pageQuery.extend({ project: z.string().min(1).max(100).optional().describe('slug or id') }),
  responses: { 200: { description: 'One page.', schema: pageOf(Image) } },
  errors: ['invalid_request', 'not_found'],
  example: {
    query: { project: PROJECT, limit: '20' },
    answer: { status: 200, body: { items: [IMAGE], next_cursor: null } },
  },
});

export const getImage = operation({
  id: 'getImage',
  method: 'get',
  path: '/v1/images/:image',
  tag: 'images',
  summary: 'Shows an image, and whether its layers were looked into',
  description:
    'That is done after the first build of an image, beside the builds. With `wait_seconds` the answer comes as soon as it is done, or after that time.',
  auth: 'token',
  params: imageParams,
  query: z.strictObject({
    wait_seconds: z.coerce.number<string>().int().min(0).max(MAX_WAIT_SECONDS).default(0),
    wait_for: z
      .enum(['layers', 'sbom', 'scan'])
      .default('layers')
      .describe(
        'whether its layers were looked into, or there is a bill of materials or a scan of it; either is tried again where it could not be made',
      ),
  }),
  responses: { 200: { description: 'The image.', schema: ImageDetail } },
  errors: ['not_found', 'invalid_request'],
  example: { params: { image: IMAGE_ID }, answer: { status: 200, body: IMAGE_DETAIL } },
});

export const listImageLayers = operation({
  id: 'listImageLayers',
  method: 'get',
  path: '/v1/images/:image/layers',
  tag: 'images',
  summary: 'The layers of an image, the base first; of an index platform after platform',
  auth: 'token',
  params: imageParams,
  responses: { 200: { description: 'The layers.', schema: listOf(BuildLayer) } },
  errors: ['not_found', 'invalid_request'],
  example: { params: { image: IMAGE_ID }, answer: { status: 200, body: { items: LAYERS } } },
});

export const listImageFiles = operation({
  id: 'listImageFiles',
  method: 'get',
  path: '/v1/images/:image/files',
  tag: 'images',
  summary: 'The biggest files and folders of an image, or of what one layer did',
  description:
    'Each comes after the folder that it is in, bigger ones first. `not_explored` as long as nobody has looked into the layers.',
  auth: 'token',
  params: imageParams,
  query: z.strictObject({
    layer: z.coerce.number<string>().int().min(1).max(10_000).optional().describe('what this layer did'),
    path: z.string().max(4096).default('').describe('a folder; the whole image unless it is given'),
    platform,
    limit: z.coerce.number<string>().int().min(1).max(1000).default(40),
  }),
  responses: { 200: { description: 'The files.', schema: listOf(ImageFile) } },
  errors: ['not_found', 'invalid_request', 'not_explored', 'exploration_failed'],
  example: {
    params: { image: IMAGE_ID },
    query: { limit: '4' },
    answer: { status: 200, body: { items: FILES } },
  },
});

export const compareImages = operation({
  id: 'compareImages',
  method: 'get',
  path: '/v1/images/:image/difference/:other',
  tag: 'images',
  summary: 'How an image differs from another: layers, size, settings, packages, files',
  auth: 'token',
  params: imageParams.extend({ other: imageReference }),
  query: z.strictObject({
    platform,
    limit: z.coerce.number<string>().int().min(0).max(1000).default(20).describe('of files'),
  }),
  responses: { 200: { description: 'From the first to the other.', schema: ImageDifference } },
  errors: ['not_found', 'invalid_request'],
  example: {
    params: { image: IMAGE_ID, other: OTHER_IMAGE_ID },
    answer: { status: 200, body: DIFFERENCE },
  },
});
