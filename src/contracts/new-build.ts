import { z } from 'zod';
import type { ErrorCode } from '../domain/errors.js';
import type { MethodSettings } from '../domain/builds/settings.js';
import { METHOD_NAMES, METHODS, METHODS_IN_WORDS } from '../engines/methods.js';
import { dockerfileFields } from '../engines/dockerfile/fields.js';
import { anyOptions } from './any-options.js';
import { BuildFile } from './build-file.js';
import { GitFacts, Source } from './builds.js';
import { destination } from './image-fields.js';
import { Needs } from './needs.js';
import { Resources } from './resources.js';
import { timeoutSeconds } from './timeout.js';

/** Why no build is made, whatever from: of every operation that makes one. */
export const NEW_BUILD_ERRORS = [
  'not_found',
  'invalid_request',
  'invalid_json',
  'json_too_large',
  'conflict',
  'concurrency_limit_reached',
  'no_build_allowed',
  'idempotency_key_reused',
  'trust_required',
] as const satisfies readonly ErrorCode[];

const common = {
  source: Source,
  destinations: z
    .array(destination)
    .max(20)
    .default([])
    .describe(
      'repository:tag to move on success; when empty those of the build file, of the project, or its repository with <build_number> and latest',
    ),
  priority: z.int().min(-100).max(100).default(0).describe('a point is worth a minute of waiting'),
  timeout_seconds: timeoutSeconds.optional().describe('3600 when nothing sets it'),
  resources: Resources.optional(),
  needs: Needs.optional(),
  build_file: z
    .union([
      z
        .strictObject({ name: z.string().min(1).max(1024), content: BuildFile })
        .describe('what the client has read from the file of this name'),
      z
        .strictObject({ path: dockerfileFields.dockerfile })
        .describe('where the file is in a git source that holds it under another name than kiln.yaml'),
    ])
    .optional()
    .describe('kiln.yaml of the source; of a git source it is read when the source has been fetched'),
  git: GitFacts.prefault({}).describe(
    'what the source was made from, for people; a git source says it itself, so nothing may be given with one',
  ),
};

/** A request without a method leaves it to the build file, and its options are looked at again when the method is known. */
const unsaid = z.strictObject({
  method: z.undefined().optional(),
  options: anyOptions.prefault({}),
  ...common,
});

/** One member for each method: the options are those of its own schema. */
const members = METHOD_NAMES.map((name) =>
  z.strictObject({
    method: z.literal(name),
    options: (METHODS[name]!.settings as z.ZodType<MethodSettings, MethodSettings>).prefault({}),
    ...common,
  }),
);

export const NewBuild = z.discriminatedUnion('method', [unsaid, ...members], {
  error: ({ code }) =>
    code === 'invalid_union' ? `There is no such build method; there are ${METHODS_IN_WORDS}.` : undefined,
});
/** A request for a build. `options` belong to `method`. */
export type NewBuild = z.output<typeof NewBuild>;
export type NewBuildInput = z.input<typeof NewBuild>;
