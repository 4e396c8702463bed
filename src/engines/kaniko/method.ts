import { pinImagesByName } from '../../domain/builds/rebuild.js';
import { kanikoOptions, kanikoSettings } from './schema.js';

/** What src/engines/index.ts lists. */
export const kaniko = {
  settings: kanikoSettings,
  options: kanikoOptions,
  networks: ['host'] as const,
  isForTrusted: true,
  uncached: ['WORKDIR'],
  programs: ['kaniko', 'runc'],
  pin: pinImagesByName,
  engine: async () => (await import('./engine.js')).kanikoEngine,
};
