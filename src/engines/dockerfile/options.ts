import type { z } from 'zod';
import { namedStages } from '../../domain/builds/other-stages.js';
import type { Replacements } from '../../domain/images/dockerfile/replace-images.js';
import { KilnError } from '../../domain/errors.js';
import type { NamedDockerfile } from '../../ports/engine.js';
import type { DockerfileOptions } from './fields.js';

/** The options of a method by its schema. Raises `invalid_request` naming the fields; what does not belong to the method is a field too. */
export function parseOptions<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields = result.error.issues.flatMap((issue) => {
    const names = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const paths = names.length === 0 ? [issue.path] : names.map((name) => [...issue.path, name]);
    return paths.map((path) => ({ field: path.join('.'), message: issue.message }));
  });
  const message = fields
    .map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
    .join(' ');
  throw new KilnError('invalid_request', { message, fields });
}

/** The Dockerfile that the options name, to be judged before anything runs. */
export function namedDockerfile(
  options: DockerfileOptions & { readonly replaced_images?: Replacements | undefined },
  platforms: readonly string[],
): NamedDockerfile {
  return {
    context: options.build_context,
    path: options.dockerfile,
    inline: options.dockerfile_inline ?? null,
    target: options.target_stage ?? null,
    buildArgs: options.build_args,
    platforms,
    replaced: options.replaced_images ?? {},
    namedStages: namedStages(options),
  };
}
