import { z } from 'zod';
import { dockerfileFields, imageReference, refuseUnknown } from '../dockerfile/fields.js';
import { imageTests } from '../dockerfile/tests.js';
import { bindings, secretsOf } from './bindings.js';

const NO_DOCKERFILE =
  'paketo builds without a Dockerfile: its buildpacks look at the source. Leave it out, or use the method buildx.';

const unknown = refuseUnknown({
  dockerfile: NO_DOCKERFILE,
  dockerfile_inline: NO_DOCKERFILE,
  target_stage: NO_DOCKERFILE,
  build_args: 'paketo has no build arguments: buildpacks read environment.',
  secrets: 'paketo gives secrets to buildpacks as service bindings: use bindings.',
  cache_from: 'cache_from belongs to buildx; paketo keeps its layers on the build host by itself.',
  cache_to: 'cache_to belongs to buildx; paketo keeps its layers on the build host by itself.',
  cache_repo: 'cache_repo belongs to kaniko; paketo keeps its layers on the build host by itself.',
  registry_repo: 'registry_repo belongs to kaniko; paketo keeps its layers on the build host by itself.',
  ssh: 'ssh belongs to buildx; paketo offers SSH keys to nobody.',
  artifacts: 'artifacts belongs to buildx: without a Dockerfile there are no stages.',
  platforms: "platforms belongs to buildx; paketo builds for the build host's own platform.",
});

const buildpack = z
  .string()
  .max(300)
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?(?:@[A-Za-z0-9][A-Za-z0-9._+-]*)?$/,
    'A buildpack is named as the builder knows it: ID or ID@VERSION. Images and archives of buildpacks are not supported: put them into the builder.',
  )
  .refine((name) => !name.includes('..'), 'A buildpack id holds no "..".');

const environment = z
  .record(
    z.string(),
    z
      .string()
      .max(32_768)
      .refine((value) => !value.includes('\u0000'), 'A value may not hold NUL.'),
  )
  .superRefine((all, context) => {
    for (const name of Object.keys(all)) {
      const message = variableTrouble(name);
      if (message !== null) context.addIssue({ code: 'custom', path: [name], message });
    }
  })
  .refine((all) => Object.keys(all).length <= 200, 'At most 200 variables.');

function variableTrouble(name: string): string | null {
  if (!/^[A-Za-z_][A-Za-z0-9_.-]{0,199}$/.test(name))
    return 'A variable is named with letters, digits, "_", "." and "-".';
  return /^CNB_/i.test(name) ? 'Names that begin with CNB_ steer the lifecycle itself.' : null;
}

/** What the method can be told beyond a folder, without defaults; a build file takes them from here too. */
export const paketoFields = {
  builder: imageReference.describe(
    'Image of the builder of paketo: buildpacks and the system that they build on',
  ),
  run_image: imageReference.describe(
    'Image that the application stands on; what the builder names unless set',
  ),
  buildpacks: z
    .array(buildpack)
    .max(100)
    .describe(
      'Buildpacks of the builder, as ID or ID@VERSION in this order; what the builder itself tries unless set',
    ),
  environment: environment.describe('Variables for buildpacks, such as BP_NODE_VERSION; never secret'),
  bindings: bindings.describe('Service bindings: stored secrets that buildpacks find as files'),
};

const fields = {
  ...paketoFields,
  tests: imageTests,
  build_context: dockerfileFields.build_context.describe('Folder of the source to build; . unless set'),
  cache_enabled: dockerfileFields.cache_enabled.describe(
    'false builds every layer anew and keeps none; true unless set',
  ),
};

/** Options of the method paketo as somebody sets them, named as the columns of build_configs. Unknown keys are refused. */
export const paketoSettings = z
  .strictObject(fields, unknown)
  .partial()
  .transform((set) => (set.bindings === undefined ? set : { ...set, secrets: secretsOf(set.bindings) }));

/** All options of the method paketo: what was set, and the built-in values of the rest. `secrets` is what the bindings name. */
export const paketoOptions = z
  .strictObject(
    {
      builder: fields.builder.optional(),
      run_image: fields.run_image.optional(),
      buildpacks: fields.buildpacks.default([]),
      environment: fields.environment.default({}),
      bindings: fields.bindings.default([]),
      build_context: fields.build_context.default('.'),
      cache_enabled: fields.cache_enabled.default(true),
      tests: imageTests.optional(),
      secrets: z
        .array(
          z.strictObject({
            id: z
              .string()
              .regex(/^binding\./, 'paketo gives secrets to buildpacks as service bindings: use bindings.'),
            name: z.string(),
          }),
        )
        .optional(),
    },
    unknown,
  )
  .transform((options) => ({ ...options, secrets: secretsOf(options.bindings) }));

export type PaketoOptions = z.output<typeof paketoOptions>;
