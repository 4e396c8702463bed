import { pinImagesByName } from '../../domain/builds/rebuild.js';
import { containerOptions, containerSettings } from './schema.js';

/** What src/engines/index.ts lists. */
export const container = {
  settings: containerSettings,
  options: containerOptions,
  networks: ['host'] as const,
  programs: ['buildah', 'runc'],
  pin: pinImagesByName,
  engine: async () => (await import('./engine.js')).containerEngine,
};
