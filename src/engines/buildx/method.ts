import { pinImagesByName } from '../../domain/builds/rebuild.js';
import { buildxOptions, buildxSettings } from './schema.js';

/** What src/engines/index.ts lists. */
export const buildx = {
  settings: buildxSettings,
  options: buildxOptions,
  networks: ['egress', 'host'] as const,
  hasHostSteps: true,
  runSettings: ['ENV', 'ARG', 'USER', 'SHELL'] as const,
  programs: ['buildctl', 'buildkitd', 'runc'],
  pin: pinImagesByName,
  engine: async () => (await import('./engine.js')).buildxEngine,
};
