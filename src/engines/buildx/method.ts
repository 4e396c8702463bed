import { buildxOptions, buildxSettings } from './schema.js';

/** What src/engines/index.ts lists. */
export const buildx = {
  settings: buildxSettings,
  options: buildxOptions,
  engine: async () => (await import('./engine.js')).buildxEngine,
};
