import { kanikoOptions, kanikoSettings } from './schema.js';

/** What src/engines/index.ts lists. */
export const kaniko = {
  settings: kanikoSettings,
  options: kanikoOptions,
  engine: async () => (await import('./engine.js')).kanikoEngine,
};
