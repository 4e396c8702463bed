import { z } from 'zod';
import {
  cacheReference,
  dockerfileDefaults,
  dockerfileFields,
  pinnedImages,
  replacedImages,
  refuseUnknown,
} from '../dockerfile/fields.js';
import { imageTests } from '../dockerfile/tests.js';

const USE_REPO =
  'Caches to read and to write belong to buildx: with kaniko use cache_repo, which is --cache-repo, or cache: {repo: REPOSITORY} in kiln.yaml.';

const unknown = refuseUnknown({
  cache_from: USE_REPO,
  cache_to: USE_REPO,
  ssh: 'ssh belongs to buildx; kaniko has no RUN --mount.',
  artifacts: 'artifacts belongs to buildx; kaniko keeps the image alone.',
  platforms: "platforms belongs to buildx; kaniko builds for the build host's own platform.",
  environment: 'kaniko has no environment of its own: use build_args, or ENV in the Dockerfile.',
});

/** The fields that it has beyond those of a Dockerfile, without defaults. */
export const kanikoFields = {
  tests: imageTests,
  cache_repo: cacheReference.describe('Repository without tag for the layers of steps; no cache unless set'),
  secrets: dockerfileFields.secrets
    .max(0, 'kaniko cannot mount secrets into RUN steps: leave them out, or use the method buildx.')
    .describe('Always empty: kaniko cannot mount secrets'),
  registry_repo: cacheReference.describe('Another name for cache_repo, which wins where both are set'),
};

/** Options of the method kaniko as somebody sets them, named as the columns of build_configs. Unknown keys are refused. */
export const kanikoSettings = z.strictObject({ ...dockerfileFields, ...kanikoFields }, unknown).partial();

/** All options of the method kaniko: what was set, and the built-in values of the rest. */
export const kanikoOptions = z.strictObject(
  {
    ...dockerfileDefaults,
    cache_repo: kanikoFields.cache_repo.optional(),
    secrets: kanikoFields.secrets.default([]),
    registry_repo: kanikoFields.registry_repo.optional(),
    tests: imageTests.optional(),
    pinned_images: pinnedImages,
    replaced_images: replacedImages,
  },
  unknown,
);

export type KanikoOptions = z.output<typeof kanikoOptions>;
