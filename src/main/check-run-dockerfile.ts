import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { checkDockerfile } from '../adapters/context/check-dockerfile.js';
import { buildxOptions } from '../engines/buildx/schema.js';
import { KilnError } from '../domain/errors.js';
import { invalidDockerfile } from '../domain/images/invalid-dockerfile.js';
import type { RunDeps } from '../supervisor/deps.js';

/** Judges the Dockerfile of a run before its builder starts: it is there, inside the context, and without error. */
export const checkRunDockerfile: RunDeps['checkDockerfile'] = async ({ contextFolder, options }) => {
  const {
    dockerfile,
    dockerfile_inline: inline,
    build_context: folder,
    target_stage: target,
  } = buildxOptions.parse(options);
  const text = inline ?? (await readInside(contextFolder, path.join(folder, dockerfile)));
  const problems = checkDockerfile(text, { target: target ?? null });
  if (problems.length > 0) throw invalidDockerfile(problems, 'dockerfile');
};

async function readInside(contextFolder: string, name: string): Promise<string> {
  try {
    return await readFile(path.join(contextFolder, name), 'utf8');
  } catch (error) {
    throw new KilnError('dockerfile_missing', {
      message: `There is no ${name} in the build context.`,
      cause: error,
    });
  }
}
