import { pinImagesByName } from '../../domain/builds/rebuild.js';
import { isTemplateText } from '../../domain/images/packer-template.js';
import { packerOptions, packerSettings } from './schema.js';

/** What src/engines/index.ts lists. */
export const packer = {
  settings: packerSettings,
  options: packerOptions,
  networks: ['host'] as const,
  hasDockerfile: false,
  hasCaches: false,
  isWhole: (options: object) =>
    'packer_template' in options && isTemplateText(String(options.packer_template)),
  programs: ['packer', 'buildah', 'runc'],
  pin: pinImagesByName,
  engine: async () => (await import('./engine.js')).packerEngine,
};
