import { readFile, stat } from 'node:fs/promises';
import { parseBuildFile } from '../adapters/build-file/parse-build-file.js';
import { placeSettings } from '../adapters/build-file/place-settings.js';
import { resolveInside } from '../adapters/context/resolve-inside.js';
import { KilnError } from '../domain/errors.js';
import { parseContextPath } from '../domain/images/context-path.js';
import type { RunDeps } from '../supervisor/deps.js';

const MAX_BYTES = 256 * 1024;

/** Tells refused settings with their lines in the build file of a fetched source. */
export const placeRunSettings: NonNullable<RunDeps['placeSettings']> = async (error, contextFolder, path) => {
  const found = await resolveInside(contextFolder, parseContextPath(path));
  return found.kind === 'file'
    ? placeSettings(error, await readFile(found.absolutePath, 'utf8'), path)
    : error;
};

/** Reads the build file of a fetched source; links may not lead out of it. */
export const readRunBuildFile: RunDeps['readBuildFile'] = async (contextFolder, { path, required }) => {
  const found = await resolveInside(contextFolder, parseContextPath(path));
  if (found.kind !== 'file') {
    if (!required && found.kind === 'missing') return null;
    throw new KilnError('build_file_missing', { message: `There is no file ${path} in the source.` });
  }
  if ((await stat(found.absolutePath)).size > MAX_BYTES) {
    throw new KilnError('build_file_invalid', { message: `${path} has more than ${MAX_BYTES} bytes.` });
  }
  return parseBuildFile(await readFile(found.absolutePath, 'utf8'), path);
};
