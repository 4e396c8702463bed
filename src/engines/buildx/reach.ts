import type { PlanInput, Reach } from '../../ports/engine.js';
import { planCaches } from './caches.js';
import { LAUNCHER } from './plan.js';
import type { BuildxOptions } from './schema.js';

/**
 * What buildctl needs of the host; the steps run in BuildKit. It asks for the tokens of registries itself, which takes the host's network,
 * as BuildKit has it for them.
 */
export function reachOf(input: PlanInput<BuildxOptions>, launcher: string = LAUNCHER): Reach {
  const { host } = input;
  const buildctl = host.programs['buildctl'] ?? [];
  const socket = /^unix:\/\/(.+)$/.exec(host.buildkitAddress ?? '')?.[1] ?? [];
  const { needsLauncher } = planCaches(input);
  return {
    programs: [buildctl].flat(),
    scripts: needsLauncher ? [launcher] : [],
    read: [
      ...[socket, input.contextFolder, input.registryConfigFolder].flat(),
      ...Object.values({ ...input.secretFiles, ...input.sshKeyFiles }),
      ...Object.values(host.registryCertificates),
    ],
    write: [input.workFolder, ...(needsLauncher ? [input.storageFolder] : [])],
    network: 'host',
  };
}
