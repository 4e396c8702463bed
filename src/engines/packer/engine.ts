import { registryOf } from '../../domain/images/registry-host.js';
import type { Engine } from '../../ports/engine.js';
import { parseOptions } from '../dockerfile/options.js';
import { createPackerParser } from './parse.js';
import { planBuild, reachOf } from './plan.js';
import { packerOptions, type PackerOptions } from './schema.js';

/** The method packer: a template of packer in a throw-away root, with buildah to make images. */
export const packerEngine: Engine<PackerOptions> = {
  method: 'packer',
  worksInProcess: true,
  startsContainers: true,
  parseOptions: (value) => parseOptions(packerOptions, value),
  registriesOf: (options) => options.base_images.flatMap((image) => registryOf(image) ?? []),
  imagesOf: (options) => options.base_images,
  imagesToResolve: (options) => options.base_images,
  pinnedImagesOf: ({ pinned_images: pinned = [] }) => pinned,
  plan: planBuild,
  reachOf: (input) => reachOf(input),
  createParser: createPackerParser,
};
