import { registryOf } from '../../domain/images/registry-host.js';
import type { Engine } from '../../ports/engine.js';
import { parseOptions } from '../dockerfile/options.js';
import { createFilesParser } from './parse.js';
import { planBuild } from './plan.js';
import { filesOptions, type FilesOptions } from './schema.js';

/** The method files: the files of a source on top of an image, by BuildKit. */
export const filesEngine: Engine<FilesOptions> = {
  method: 'files',
  worksInProcess: false,
  needsBuildkit: true,
  parseOptions: (value) => parseOptions(filesOptions, value),
  registriesOf: ({ base }) => [registryOf(base)].flatMap((host) => host ?? []),
  imagesToResolve: ({ base }) => [base],
  plan: planBuild,
  createParser: createFilesParser,
};
