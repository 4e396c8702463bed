import { KNOWN_REPOSITORY } from './fake-verifications.js';
import { BUILD_ID, NOBODY_ID } from './records.js';

const of = (build: string, rest: string): string => `/v1/builds/${build}/${rest}`;

/** How operations on what is signed, and on what is built again, are called. */
export const PROVENANCE_EXAMPLES = {
  verifyImage: {
    path: `/v1/verification?image=${KNOWN_REPOSITORY}:3`,
    ok: 200,
    missing: `/v1/verification?image=${KNOWN_REPOSITORY}-other:3`,
    bad: { path: '/v1/verification?image=NOT%20OK' },
  },
  listSigningKeys: { path: '/v1/signing-keys', ok: 200 },
  getProvenance: { path: of(BUILD_ID, 'provenance'), ok: 200, missing: of(NOBODY_ID, 'provenance') },
  rebuildBuild: {
    method: 'POST',
    path: of(BUILD_ID, 'rebuild'),
    body: {},
    ok: 202,
    missing: of(NOBODY_ID, 'rebuild'),
  },
  whatIfBuild: {
    method: 'POST',
    path: of(BUILD_ID, 'what-if'),
    body: { changes: { no_cache: true } },
    ok: 202,
    bad: { body: { changes: { no_cache: 'yes' } } },
    missing: of(NOBODY_ID, 'what-if'),
  },
};
