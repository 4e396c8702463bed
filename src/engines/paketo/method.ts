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
    const [runImage] = withDigests(used.filter(({ isBase }) => isBase));
    const [builder] = withDigests(used.filter(({ isBase }) => !isBase));
    return {
      options: {
        ...options,
        ...(runImage !== undefined && { run_image: runImage }),
        ...(builder !== undefined && { builder }),
      },
      images: [runImage, builder].flatMap((image) => image ?? []),
    };
  },
  engine: async () => (await import('./engine.js')).paketoEngine,
};
