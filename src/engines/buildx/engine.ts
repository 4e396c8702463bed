import { cacheReferenceOf } from '../../domain/builds/cache.js';
import { otherStages } from '../../domain/builds/other-stages.js';
import { registryOf } from '../../domain/images/registry-host.js';
import type { Engine } from '../../ports/engine.js';
import { namedDockerfile, parseOptions } from '../dockerfile/options.js';
import { createBuildxParser } from './parse.js';
import { planBuild } from './plan.js';
import { reachOf } from './reach.js';
import { buildxOptions, type BuildxOptions } from './schema.js';

/** The method buildx: BuildKit's Dockerfile frontend, driven by buildctl. */
export const buildxEngine: Engine<BuildxOptions> = {
  method: 'buildx',
  worksInProcess: false,
  needsBuildkit: true,
  parseOptions: (value) => parseOptions(buildxOptions, value),
  dockerfileOf: (options) => ({
    ...namedDockerfile(options, options.platforms),
    alsoBuilt: otherStages(options).map(({ target }) => target),
  }),
  registriesOf: ({ cache_from: from, cache_to: to }) =>
    [...from, to].flat().flatMap((text) => registryOf(cacheReferenceOf(text) ?? '') ?? []),
  plan: planBuild,
  reachOf: (input) => reachOf(input),
  createParser: createBuildxParser,
};
