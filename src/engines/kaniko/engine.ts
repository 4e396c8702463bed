import { registryOf } from '../../domain/images/registry-host.js';
import type { Engine } from '../../ports/engine.js';
import { namedDockerfile, parseOptions } from '../dockerfile/options.js';
import { OWN_PLATFORM } from '../dockerfile/own-platform.js';
import { createKanikoParser } from './parse.js';
import { cacheRepository, planBuild, reachOf } from './plan.js';
import { kanikoOptions, type KanikoOptions } from './schema.js';

/** The method kaniko: the executor of chainguard-dev/kaniko in a throw-away root. */
export const kanikoEngine: Engine<KanikoOptions> = {
  method: 'kaniko',
  worksInProcess: true,
  startsContainers: true,
  reachedWithoutNetwork: 'RUN steps of kaniko reach the registries of the build.',
  parseOptions: (value) => parseOptions(kanikoOptions, value),
  dockerfileOf: (options) => namedDockerfile(options, [OWN_PLATFORM]),
  registriesOf: (options) => {
    const repository = cacheRepository(options);
    return repository === null ? [] : [registryOf(repository) ?? []].flat();
  },
  imagesToResolve: (_options, needed) => needed,
  pinnedImagesOf: ({ pinned_images: pinned = [] }) => pinned,
  plan: planBuild,
  reachOf: (input) => reachOf(input),
  createParser: createKanikoParser,
};
