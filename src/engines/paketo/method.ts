import { withDigests } from '../../domain/builds/rebuild.js';
import type { UsedImage } from '../../domain/images/used-images.js';
import { paketoOptions, paketoSettings } from './schema.js';

/** What src/engines/index.ts lists. */
export const paketo = {
  settings: paketoSettings,
  options: paketoOptions,
  networks: ['egress', 'host'] as const,
  hasDockerfile: false,
  required: ['builder'],
  programs: ['lifecycle', 'runc'],
  pin: (options: Readonly<Record<string, unknown>>, used: readonly UsedImage[]) => {
    const images = withDigests(used.filter(({ isBase }) => isBase));
    return { options: images.length === 0 ? options : { ...options, run_image: images[0] }, images };
  },
  engine: async () => (await import('./engine.js')).paketoEngine,
};
