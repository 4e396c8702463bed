import { z } from 'zod';
import {
  dockerfileDefaults,
  dockerfileFields,
  pinnedImages,
  refuseUnknown,
  replacedImages,
} from '../dockerfile/fields.js';
import { imageTests } from '../dockerfile/tests.js';

const unknown = refuseUnknown({
  cache_from: 'cache_from belongs to buildx; container keeps its layers on the build host by itself.',
  cache_to: 'cache_to belongs to buildx; container keeps its layers on the build host by itself.',
  cache_repo: 'cache_repo belongs to kaniko; container keeps its layers on the build host by itself.',
  ssh: 'ssh belongs to buildx; container offers steps no SSH keys.',
  artifacts: 'artifacts belongs to buildx; container keeps the image alone.',
  platforms: "platforms belongs to buildx; container builds for the build host's own platform.",
  environment: 'container has no environment of its own: use build_args, or ENV in the Dockerfile.',
});

/** Options of the method container as somebody sets them, named as the columns of build_configs. Unknown keys are refused. */
export const containerSettings = z
  .strictObject({ ...dockerfileFields, tests: imageTests }, unknown)
  .partial();

/** All options of the method container: what was set, and the built-in values of the rest. */
export const containerOptions = z.strictObject(
  {
    ...dockerfileDefaults,
    tests: imageTests.optional(),
    pinned_images: pinnedImages,
    replaced_images: replacedImages,
  },
  unknown,
);

export type ContainerOptions = z.output<typeof containerOptions>;
