import { packerOptions, packerSettings } from './schema.js';

/** What src/engines/index.ts lists. */
export const packer = {
  settings: packerSettings,
  options: packerOptions,
  hasDockerfile: false,
  engine: async () => (await import('./engine.js')).packerEngine,
};
