import { IMAGE_ID } from '../../../src/contracts/examples/names.js';
import { NOBODY_ID } from './records.js';

const image = (rest: string, badQuery: string | null) => ({
  path: `/v1/images/${IMAGE_ID}${rest}`,
  ok: 200,
  missing: `/v1/images/${NOBODY_ID}${rest}`,
  ...(badQuery !== null && { bad: { path: `/v1/images/${IMAGE_ID}${rest}${badQuery}` } }),
});

/** How the operations of images are called, for operations.test.ts. */
export const IMAGE_EXAMPLES = {
  listImages: {
    path: '/v1/images?limit=5',
    ok: 200,
    missing: '/v1/images?project=nothing',
    bad: { path: '/v1/images?limit=0' },
  },
  getImage: image('', '?wait_seconds=600'),
  listImageLayers: image('/layers', null),
  listImageFiles: image('/files', '?layer=0'),
  compareImages: image(`/difference/${IMAGE_ID}`, '?limit=-1'),
};
