import fs from 'node:fs';
import path from 'node:path';
import { CommandFailure, usageFailure } from './failure.js';

/** A folder to build from, and where in it the Dockerfile is. */
export interface SourceFolder {
  readonly folder: string;
  /** With forward slashes, relative to the folder. */
  readonly dockerfile: string;
}

/**
 * Checks folder and Dockerfile before anything is sent. `--file` is taken from the working directory, as docker does,
 * and else from the folder; it has to lie inside the folder.
 */
export function findSource(cwd: string, folderArgument: string, file: string | undefined): SourceFolder {
  const folder = path.resolve(cwd, folderArgument);
  if (!isFolder(folder)) {
    throw usageFailure(
      `${folderArgument} is not a folder.`,
      'Give the folder that holds the sources and the Dockerfile.',
    );
  }
  const candidates =
    file === undefined
      ? ['Dockerfile', 'dockerfile'].map((name) => path.join(folder, name))
      : [path.resolve(cwd, file), path.resolve(folder, file)];
  const found = candidates.find((candidate) => isInside(folder, candidate) && isFile(candidate));
  if (found !== undefined)
    return { folder, dockerfile: path.relative(folder, found).split(path.sep).join('/') };
  if (file !== undefined && candidates.some((candidate) => isFile(candidate))) {
    throw new CommandFailure('path_escapes_context', {
      message: `${file} lies outside of ${folderArgument}.`,
      fix: 'Build from a folder that holds both, or pipe the Dockerfile: kiln build - < Dockerfile.',
    });
  }
  throw new CommandFailure('dockerfile_missing', {
    message: `There is no ${file ?? 'Dockerfile'} in ${folderArgument}.`,
    fix: 'Add a Dockerfile, or name the one to use with --file.',
  });
}

function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}

function isFolder(name: string): boolean {
  return fs.statSync(name, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isFile(name: string): boolean {
  return fs.statSync(name, { throwIfNoEntry: false })?.isFile() === true;
}
