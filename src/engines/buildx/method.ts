import { buildxOptions, buildxSettings } from './schema.js';

/** What src/engines/index.ts lists. */
export const buildx = {
  settings: buildxSettings,
  options: buildxOptions,
  networks: ['egress', 'host'] as const,
  hasHostSteps: true,
  programs: ['buildctl', 'runc'],
  engine: async () => (await import('./engine.js')).buildxEngine,
};
