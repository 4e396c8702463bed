import { withDigests } from '../../domain/builds/rebuild.js';
import type { UsedImage } from '../../domain/images/used-images.js';
import { buildxOptions, buildxSettings } from './schema.js';

/** What src/engines/index.ts lists. */
export const buildx = {
  settings: buildxSettings,
  options: buildxOptions,
  networks: ['egress', 'host'] as const,
  hasHostSteps: true,
  runSettings: ['ENV', 'ARG', 'USER', 'SHELL'] as const,
  programs: ['buildctl', 'buildkitd', 'runc'],
  pin: (options: Readonly<Record<string, unknown>>, used: readonly UsedImage[]) => {
    const images = withDigests(used);
    return { options: { ...options, pinned_images: images }, images };
  },
  engine: async () => (await import('./engine.js')).buildxEngine,
};
