import { z } from 'zod';
import { isTemplateText } from '../../domain/images/packer-template.js';
import {
  contextPath,
  dockerfileFields,
  imageReference,
  pinnedImages,
  refuseUnknown,
} from '../dockerfile/fields.js';
import { imageTests } from '../dockerfile/tests.js';

const NO_DOCKERFILE = 'packer builds from a template: use packer_template.';
const NO_CACHE = 'packer keeps no cache: leave it out.';
const unknown = refuseUnknown({
  dockerfile: NO_DOCKERFILE,
  dockerfile_inline: NO_DOCKERFILE,
  target_stage: 'target_stage belongs to a Dockerfile; a template builds all of its sources.',
  cache_enabled: NO_CACHE,
  cache_from: NO_CACHE,
  cache_to: NO_CACHE,
  cache_repo: NO_CACHE,
  artifacts: 'artifacts belongs to buildx: a template has no stages.',
  platforms: "platforms belongs to buildx; packer builds for the build host's own platform.",
  environment:
    'packer has no environment of its own: use build_args, which are the variables of the template.',
});

/** Names that Kiln gives values to. */
const RESERVED = /^kiln_/;
const NAME_TROUBLE = 'Names that begin with kiln_ are given by Kiln itself and are reserved.';

/** What the method packer can be told, without defaults. */
export const packerFields = {
  tests: imageTests,
  packer_template: z
    .string()
    .min(1)
    .max(256 * 1024)
    .superRefine((template, context) => {
      if (isTemplateText(template)) return;
      const path = contextPath.safeParse(template);
      for (const { message } of path.error?.issues ?? []) context.addIssue({ code: 'custom', message });
      if (/(?:^|\/)[^/]*\.[^/]*$/.test(template) && !/(?:^\.|\/\.|\.pkr\.(?:hcl|json))$/.test(template))
        context.addIssue({ code: 'custom', message: 'A template is named *.pkr.hcl or *.pkr.json.' });
    })
    .describe(
      'Template in HCL, or the path of one (or of a folder with them) inside build_context; build_context itself unless set',
    ),
  build_context: dockerfileFields.build_context.describe(
    'Folder of the source in which packer runs; . unless set',
  ),
  build_args: dockerfileFields.build_args
    .refine((args) => !Object.keys(args).some((name) => RESERVED.test(name)), NAME_TROUBLE)
    .describe('Values of variables of the template; never secret'),
  base_images: z
    .array(imageReference)
    .max(20)
    .describe(
      'Images that Kiln pulls before the template runs, for `buildah from`: it has no network itself',
    ),
  secrets: dockerfileFields.secrets
    .refine(
      (secrets) => secrets.every(({ id }) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(id) && !RESERVED.test(id)),
      'The id of a secret is the variable of the template that gets it: letters, digits and "_", and not kiln_.',
    )
    .describe('References to stored secrets, never values; the id is the variable that gets it'),
};

/** Options of the method packer as somebody sets them, named as the columns of build_configs. Unknown keys are refused. */
export const packerSettings = z.strictObject(packerFields, unknown).partial();

/** All options of the method packer: what was set, and the built-in values of the rest. */
export const packerOptions = z
  .strictObject(
    {
      packer_template: packerFields.packer_template.default('.'),
      build_context: packerFields.build_context.default('.'),
      build_args: packerFields.build_args.default({}),
      base_images: packerFields.base_images.default([]),
      secrets: packerFields.secrets.default([]),
      tests: imageTests.optional(),
      pinned_images: pinnedImages,
    },
    unknown,
  )
  .superRefine(({ secrets, build_args: args }, context) => {
    for (const [index, { id }] of secrets.entries())
      if (Object.hasOwn(args, id))
        context.addIssue({
          code: 'custom',
          path: ['secrets', index, 'id'],
          message: `build_args has a variable ${id} already: leave one of them out.`,
        });
  });

export type PackerOptions = z.output<typeof packerOptions>;
