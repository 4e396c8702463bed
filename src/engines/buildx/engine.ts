import { KilnError } from '../../domain/errors.js';
import { registryOf } from '../../domain/images/registry-host.js';
import type { Engine } from '../../ports/engine.js';
import { createBuildxParser } from './parse.js';
import { planBuild } from './plan.js';
import { buildxOptions, type BuildxOptions } from './schema.js';

/** The method buildx: BuildKit's Dockerfile frontend, driven by buildctl. */
export const buildxEngine: Engine<BuildxOptions> = {
  method: 'buildx',
  worksInProcess: false,
  parseOptions(value) {
    const result = buildxOptions.safeParse(value);
    if (result.success) return result.data;
    const fields = result.error.issues.map((issue) => ({
      field: issue.path.join('.'),
      message: issue.message,
    }));
    const message = fields
      .map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
      .join(' ');
    throw new KilnError('invalid_request', { message, fields });
  },
  dockerfileOf: (options) => ({
    context: options.build_context,
    path: options.dockerfile,
    inline: options.dockerfile_inline ?? null,
    target: options.target_stage ?? null,
    buildArgs: options.build_args,
    platforms: options.platforms,
  }),
  registriesOf: ({ cache_from: from, cache_to: to }) =>
    [...from, to].flat().flatMap((text) => registryOf(text) ?? []),
  plan: planBuild,
  createParser: createBuildxParser,
};
