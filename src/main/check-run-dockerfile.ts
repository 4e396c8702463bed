import { checkContext } from '../adapters/context/check-context.js';
import { buildxOptions } from '../engines/buildx/schema.js';
import type { RunDeps } from '../supervisor/deps.js';

/** Judges context and Dockerfile of a run before its builder starts: they are there, inside the context, without error. */
export const checkRunDockerfile: RunDeps['checkDockerfile'] = ({ contextFolder, options }) =>
  checkContext(contextFolder, buildxOptions.parse(options));
