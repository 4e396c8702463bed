import { registryOf } from '../../domain/images/registry-host.js';
import type { Engine } from '../../ports/engine.js';
import { namedDockerfile, parseOptions } from '../dockerfile/options.js';
import { createKanikoParser } from './parse.js';
import { cacheRepository, planBuild, reachOf } from './plan.js';
import { kanikoOptions, type KanikoOptions } from './schema.js';

/** The own platform of a build host, by the names of the OCI image specification. */
const OWN_PLATFORM = `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`;

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
  plan: planBuild,
  reachOf: (input) => reachOf(input),
  createParser: createKanikoParser,
};
