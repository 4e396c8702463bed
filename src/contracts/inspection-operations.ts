import { z } from 'zod';
import { CYCLONEDX_EXAMPLE, PACKAGE_MATCH, SCAN } from './examples/inspections.js';
import { IMAGE_ID } from './examples/names.js';
import { imageParams, platform } from './image-operations.js';
import { ImageScan, PackageMatch } from './inspections.js';
import { operation } from './operation.js';
import { pageQuery } from './parameters.js';

export const findPackages = operation({
  id: 'findPackages',
  method: 'get',
  path: '/v1/packages',
  tag: 'images',
  summary: 'Which images have a package, by its name, and those whose packages were listed last first',
  description:
    'By the name of the package or of what it was built from: `openssl`, or `libssl*` for a beginning. After an @ come versions: `3.0.2`, `3.0.*`, or `>=3.0,<3.0.7`. What a version does not name is not compared: 3.0.2 is also 3.0.2-0ubuntu1.10. Versions whose order is not known are not in the list; `not_compared` has them.',
  auth: 'token',
  query: pageQuery.extend({ package: z.string().min(1).max(500) }),
  responses: {
    200: {
      description: 'One page.',
      schema: z.strictObject({
        items: z.array(PackageMatch),
        next_cursor: z.string().nullable(),
        not_compared: z.array(z.string()).describe('name and version of packages that a range cannot judge'),
      }),
    },
  },
  errors: ['invalid_request'],
  example: {
    query: { package: 'openssl@3.0.*' },
    answer: { status: 200, body: { items: [PACKAGE_MATCH], next_cursor: null, not_compared: [] } },
  },
});

/** In JSON, both. */
export const SBOM_FORMATS = ['cyclonedx', 'spdx'] as const;
export type SbomFormat = (typeof SBOM_FORMATS)[number];

export const getSbom = operation({
  id: 'getSbom',
  method: 'get',
  path: '/v1/images/:image/sbom',
  tag: 'images',
  summary: 'The bill of materials of an image, in CycloneDX or SPDX',
  description: 'It is made once for each digest, after the layers of the image were looked into.',
  auth: 'token',
  params: imageParams,
  query: z.strictObject({ format: z.enum(SBOM_FORMATS).default('cyclonedx'), platform }),
  responses: { 200: { description: 'The document, in JSON.', contentType: 'application/json' } },
  errors: ['not_found', 'invalid_request', 'sbom_missing'],
  example: {
    params: { image: IMAGE_ID },
    query: { format: 'cyclonedx' },
    answer: { status: 200, body: CYCLONEDX_EXAMPLE },
  },
});

export const getScan = operation({
  id: 'getScan',
  method: 'get',
  path: '/v1/images/:image/scan',
  tag: 'images',
  summary: 'What the newest scan of an image has found, the worst first',
  auth: 'token',
  params: imageParams,
  query: z.strictObject({ platform }),
  responses: { 200: { description: 'The scan.', schema: ImageScan } },
  errors: ['not_found', 'invalid_request', 'not_scanned'],
  example: { params: { image: IMAGE_ID }, answer: { status: 200, body: SCAN } },
});
