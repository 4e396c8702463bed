import type { Engine } from '../../ports/engine.js';
import { parseOptions } from '../dockerfile/options.js';
import { createPaketoParser } from './parse.js';
import { imagesOf, planBuild, reachOf, registriesOf } from './plan.js';
import { paketoOptions, type PaketoOptions } from './schema.js';

/** The method paketo: Cloud Native Buildpacks by the lifecycle, each phase in a container of its own. */
export const paketoEngine: Engine<PaketoOptions> = {
  method: 'paketo',
  worksInProcess: true,
  startsContainers: true,
  parseOptions: (value) => parseOptions(paketoOptions, value),
  registriesOf,
  imagesOf,
  plan: planBuild,
  reachOf: (input) => reachOf(input),
  createParser: createPaketoParser,
};
