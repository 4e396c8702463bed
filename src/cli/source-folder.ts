import fs from 'node:fs';
import path from 'node:path';
import { buildsFromDockerfile } from '../contracts/effective-build.js';
import type { BuildMethod } from '../domain/builds/method.js';
import { isTemplateText } from '../domain/images/packer-template.js';
import { CommandFailure, usageFailure } from './failure.js';

/** A folder to build from, and where in it the Dockerfile is. */
export interface SourceFolder {
  readonly folder: string;
  /** With forward slashes, relative to the folder; null where the method needs none. */
  readonly dockerfile: string | null;
  /** The same relative to the build context, where the request has to name it; null where build file, project or default do. */
  readonly dockerfileOption: string | null;
}

/** What the build file or the project say of it; the folder itself and Dockerfile where they say nothing. */
export interface NamedPlaces {
  readonly method?: BuildMethod | undefined;
  readonly build_context?: string | undefined;
  readonly dockerfile?: string | undefined;
  /** Of packer: its template, or the path of it in the build context. */
  readonly packer_template?: string | undefined;
}

/**
 * Checks folder, and Dockerfile or template, before anything is sent. `--file` is taken from the working directory, as docker does,
 * and else from the build context; it has to lie inside that.
 */
export function findSource(
  cwd: string,
  folderArgument: string,
  file: string | undefined,
  named: NamedPlaces = {},
): SourceFolder {
  const folder = path.resolve(cwd, folderArgument);
  if (!isFolder(folder)) {
    throw usageFailure(
      `${folderArgument} is not a folder.`,
      'Give the folder that holds the sources and the Dockerfile.',
    );
  }
  const context = path.join(folder, named.build_context ?? '.');
  const shown = JSON.stringify(path.join(folderArgument, named.build_context ?? '.'));
  if (!isFolder(context)) {
    throw new CommandFailure('context_invalid', {
      message: `There is no folder ${named.build_context} in ${folderArgument}.`,
      fix: 'Correct "context" in the build file, or in the defaults of the project.',
    });
  }
  if (!buildsFromDockerfile(named.method ?? 'buildx')) {
    if (file === undefined) {
      if (named.method === 'packer') requireTemplate(context, shown, named.packer_template);
      return { folder, dockerfile: null, dockerfileOption: null };
    }
    throw usageFailure(
      `--file names a Dockerfile, and the method ${named.method} builds without one.`,
      'Leave it out, or choose another --method.',
    );
  }
  const candidates =
    file === undefined
      ? [named.dockerfile ?? 'Dockerfile', ...(named.dockerfile === undefined ? ['dockerfile'] : [])].map(
          (name) => path.join(context, name),
        )
      : [path.resolve(cwd, file), path.resolve(context, file)];
  const found = candidates.find((candidate) => isInside(context, candidate) && isFile(candidate));
  if (found !== undefined) {
    return {
      folder,
      dockerfile: slashes(path.relative(folder, found)),
      dockerfileOption:
        file === undefined && found === candidates[0] ? null : slashes(path.relative(context, found)),
    };
  }
  if (file !== undefined && candidates.some((candidate) => isFile(candidate))) {
    throw new CommandFailure('path_escapes_context', {
      message: `${file} lies outside of ${shown}.`,
      fix: 'Build from a folder that holds both, or pipe the Dockerfile: kiln build - < Dockerfile.',
    });
  }
  throw new CommandFailure('dockerfile_missing', {
    message: `There is no ${file ?? named.dockerfile ?? 'Dockerfile'} in ${shown}.`,
    fix: 'Add a Dockerfile, or name the one to use with --file.',
  });
}

function requireTemplate(context: string, shown: string, template: string | undefined): void {
  if (template === undefined || isTemplateText(template)) return;
  if (fs.existsSync(path.join(context, template))) return;
  throw new CommandFailure('template_invalid', {
    message: `There is no ${template} in ${shown}.`,
    fix: 'Correct --template (or "template" of the build file): a path inside the folder. Without it packer takes all *.pkr.hcl of the folder.',
  });
}

function slashes(name: string): string {
  return name.split(path.sep).join('/');
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
