import { IMAGE_ID } from '../../../src/contracts/examples/names.js';
import { BUILD_ID, NOBODY_ID } from './records.js';

const image = (rest: string, badQuery: string | null) => ({
  path: `/v1/images/${IMAGE_ID}${rest}`,
  ok: 200,
  missing: `/v1/images/${NOBODY_ID}${rest}`,
  ...(badQuery !== null && { bad: { path: `/v1/images/${IMAGE_ID}${rest}${badQuery}` } }),
});

/** How the operations of images and of their removal are called, for operations.test.ts. */
export const IMAGE_EXAMPLES = {
  previewPrune: {
    path: '/v1/projects/hello/prune',
    ok: 200,
    missing: '/v1/projects/nothing/prune',
    bad: { path: '/v1/projects/hello/prune?ask_registries=perhaps' },
  },
  pruneImages: {
    path: '/v1/projects/hello/prune',
    method: 'POST',
    ok: 202,
    missing: '/v1/projects/nothing/prune',
  },
  getPrune: { path: `/v1/prunes/${BUILD_ID}`, ok: 200, missing: `/v1/prunes/${NOBODY_ID}` },
  previewBuildPrune: {
    path: '/v1/projects/hello/build-prune',
    ok: 200,
    missing: '/v1/projects/nothing/build-prune',
  },
  pruneBuilds: {
    path: '/v1/projects/hello/build-prune',
    method: 'POST',
    ok: 202,
    missing: '/v1/projects/nothing/build-prune',
  },
  getBuildPrune: { path: `/v1/build-prunes/${BUILD_ID}`, ok: 200, missing: `/v1/build-prunes/${NOBODY_ID}` },
  getBuildRetention: {
    path: '/v1/build-retention?project=hello',
    ok: 200,
    missing: '/v1/build-retention?project=nothing',
    bad: { path: '/v1/build-retention?nobody=1' },
  },
  changeBuildRetention: {
    path: '/v1/build-retention?project=hello',
    method: 'PATCH',
    body: { keep_builds: 3 },
    ok: 200,
    missing: '/v1/build-retention?project=nothing',
    bad: { body: { keep_builds: 0 } },
  },
  listImages: {
    path: '/v1/images?limit=5',
    ok: 200,
    missing: '/v1/images?project=nothing',
    bad: { path: '/v1/images?limit=0' },
  },
  getImage: image('', '?wait_seconds=600'),
  listImageLayers: image('/layers', null),
  listImageFiles: image('/files', '?layer=0'),
  // The fake has no bytes of it.
  getSbom: { ...image('/sbom', '?format=txt'), ok: 409 },
  getScan: image('/scan', null),
  findPackages: {
    path: '/v1/packages?package=openssl@3.0.*',
    ok: 200,
    bad: { path: '/v1/packages?package=open%20ssl' },
  },
  compareImages: image(`/difference/${IMAGE_ID}`, '?limit=-1'),
};
