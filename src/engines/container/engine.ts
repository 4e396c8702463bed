import type { Engine } from '../../ports/engine.js';
import { namedDockerfile, parseOptions } from '../dockerfile/options.js';
import { createContainerParser } from './parse.js';
import { planBuild, reachOf } from './plan.js';
import { containerOptions, type ContainerOptions } from './schema.js';

/** The own platform of a build host, by the names of the OCI image specification. */
const OWN_PLATFORM = `linux/${({ x64: 'amd64', ia32: '386', arm64: 'arm64' } as Record<string, string>)[process.arch] ?? process.arch}`;

/** The method container: buildah and runc, without a daemon. */
export const containerEngine: Engine<ContainerOptions> = {
  method: 'container',
  worksInProcess: true,
  startsContainers: true,
  parseOptions: (value) => parseOptions(containerOptions, value),
  dockerfileOf: (options) => namedDockerfile(options, [OWN_PLATFORM]),
  plan: planBuild,
  reachOf: (input) => reachOf(input),
  createParser: createContainerParser,
};
