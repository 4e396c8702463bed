import { settingsOfFile } from '../contracts/build-file.js';
import type { BuildMethod } from '../domain/builds/method.js';
import type { Project } from '../contracts/projects.js';
import { resolveSettings } from '../domain/builds/settings.js';
import { type LocalBuildFile, readLocalBuildFile } from './build-file.js';
import type { Cli } from './cli.js';
import { CommandFailure } from './failure.js';
import { findSource, type SourceFolder } from './source-folder.js';

/** A folder with what its build file says; both are judged before anything is sent. */
export interface LocatedSource {
  readonly buildFile: LocalBuildFile | null;
  /** Where the Dockerfile is. What neither flag nor build file names, the defaults of the project may. */
  inProject(project: Project | null): SourceFolder;
}

interface SourceOptions {
  readonly file?: string;
  readonly buildFile?: string;
  readonly method?: string;
  readonly template?: string;
}

/** Reads build file and folder. Raises what is wrong whatever the project says; the rest is raised by `inProject`. */
export function locateSource(cli: Cli, dir: string, options: SourceOptions): LocatedSource {
  const buildFile = readLocalBuildFile(cli.cwd, dir, options.buildFile);
  const file = buildFile === null ? {} : settingsOfFile(buildFile.content);
  const inProject = (project: Project | null): SourceFolder => {
    const layers = { build_file: file, project: project === null ? {} : settingsOfFile(project.defaults) };
    const { settings } = resolveSettings(layers);
    const method = (options.method as BuildMethod | undefined) ?? settings.method;
    const packer_template = options.template ?? settings.packer_template;
    return findSource(cli.cwd, dir, options.file, { ...settings, method, packer_template });
  };
  const isNamed = options.file !== undefined || file.dockerfile !== undefined;
  try {
    inProject(null);
  } catch (error) {
    if (isNamed || !(error instanceof CommandFailure) || error.code !== 'dockerfile_missing') throw error;
  }
  return { buildFile, inProject };
}
