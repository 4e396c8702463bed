import { z } from 'zod';
import { buildxOptions } from '../engines/buildx/schema.js';
import { GitFacts, Source } from './builds.js';
import { destination } from './image-fields.js';

/** The method of a request that names none. */
const DEFAULT_METHOD = 'buildx';

const common = {
  source: Source,
  destinations: z
    .array(destination)
    .max(20)
    .default([])
    .describe(
      'repository:tag to move on success; the project repository with <build_number> and latest when empty',
    ),
  priority: z.int().min(-100).max(100).default(0).describe('a point is worth a minute of waiting'),
  timeout_seconds: z.int().min(10).max(86_400).default(3600),
  git: GitFacts.prefault({}).describe(
    'what the source was made from, for people; a git source says it itself, so nothing may be given with one',
  ),
};

/** One member per engine: the options are those of the engine's own schema. */
const byMethod = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('buildx').default(DEFAULT_METHOD),
    options: buildxOptions.prefault({}),
    ...common,
  }),
]);

function withDefaultMethod(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body) || 'method' in body) return body;
  return { ...body, method: DEFAULT_METHOD };
}

/** A request for a build. `options` belong to `method`. */
export const NewBuild = z.preprocess(withDefaultMethod, byMethod);
export type NewBuild = z.output<typeof byMethod>;
export type NewBuildInput = z.input<typeof byMethod>;
