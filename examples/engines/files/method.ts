import { filesOptions, filesSettings } from './schema.js';

/** What src/engines/index.ts lists. */
export const files = {
  settings: filesSettings,
  options: filesOptions,
  hasDockerfile: false,
  required: ['base'],
  engine: async () => (await import('./engine.js')).filesEngine,
};
