import fs from 'node:fs';
import path from 'node:path';
import { parseBuildFile, parseProjectDefaults } from '../adapters/build-file/parse-build-file.js';
import { placeSettings } from '../adapters/build-file/place-settings.js';
import type { BuildFile, ProjectDefaults } from '../contracts/build-file.js';
import { BUILD_FILE_NAME } from '../domain/builds/settings.js';
import { CommandFailure } from './failure.js';

/** A build file of this machine, read. */
export interface LocalBuildFile {
  readonly name: string;
  readonly content: BuildFile;
  readonly text: string;
}

/**
 * Reads the build file that belongs to a folder: the named one (from the working directory), else kiln.yaml in the folder. Null where
 * there is none; build_file_missing where the named one is not there; build_file_invalid with line and column.
 */
export function readLocalBuildFile(
  cwd: string,
  folder: string | null,
  named: string | undefined,
): LocalBuildFile | null {
  if (named === undefined && folder === null) return null;
  const file =
    named === undefined ? path.resolve(cwd, folder ?? '.', BUILD_FILE_NAME) : path.resolve(cwd, named);
  const name = named ?? BUILD_FILE_NAME;
  const text = readText(file);
  if (text !== null) return { name, content: parseBuildFile(text, name), text };
  const other = path.resolve(cwd, folder ?? '.', 'kiln.yml');
  if (named === undefined && readText(other) !== null) {
    throw new CommandFailure('build_file_missing', {
      message: 'The build file is called kiln.yml, which nothing reads.',
      fix: 'Call it kiln.yaml, or name it with --build-file.',
    });
  }
  if (named === undefined) return null;
  throw new CommandFailure('build_file_missing', { message: `There is no file ${named}.` });
}

/** Does what may refuse settings of the file; what is refused is told with its line. */
export async function placed<T>(file: LocalBuildFile | null, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw file === null ? error : placeSettings(error, file.text, file.name);
  }
}

/** Reads the defaults of a project from a file written as a build file, without destinations. */
export function readLocalDefaults(cwd: string, file: string): ProjectDefaults {
  const text = readText(path.resolve(cwd, file));
  if (text !== null) {
    const defaults = parseProjectDefaults(text, file);
    if (Object.keys(defaults).some((name) => name !== 'version')) return defaults;
    throw new CommandFailure('build_file_invalid', {
      message: `${file} sets nothing.`,
      fix: 'Write settings into it as into a kiln.yaml, or remove the defaults with --no-defaults.',
    });
  }
  throw new CommandFailure('build_file_missing', {
    message: `There is no file ${file}.`,
    fix: 'Name a file that is written as a kiln.yaml, without destinations.',
  });
}

function readText(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return null;
    throw error;
  }
}
