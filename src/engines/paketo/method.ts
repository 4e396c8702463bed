import { paketoOptions, paketoSettings } from './schema.js';

/** What src/engines/index.ts lists. */
export const paketo = {
  settings: paketoSettings,
  options: paketoOptions,
  networks: ['egress', 'host'] as const,
  hasDockerfile: false,
  required: ['builder'],
  programs: ['lifecycle', 'runc'],
  engine: async () => (await import('./engine.js')).paketoEngine,
};
