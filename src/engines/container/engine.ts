import type { Engine } from '../../ports/engine.js';
import { namedDockerfile, parseOptions } from '../dockerfile/options.js';
import { OWN_PLATFORM } from '../dockerfile/own-platform.js';
import { createContainerParser } from './parse.js';
import { planBuild, reachOf } from './plan.js';
import { containerOptions, type ContainerOptions } from './schema.js';

/** The method container: buildah and runc, without a daemon. */
export const containerEngine: Engine<ContainerOptions> = {
  method: 'container',
  worksInProcess: true,
  startsContainers: true,
  parseOptions: (value) => parseOptions(containerOptions, value),
  dockerfileOf: (options) => namedDockerfile(options, [OWN_PLATFORM]),
  imagesToResolve: (_options, needed) => needed,
  pinnedImagesOf: ({ pinned_images: pinned = [] }) => pinned,
  plan: planBuild,
  reachOf: (input) => reachOf(input),
  createParser: createContainerParser,
};
