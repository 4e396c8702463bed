import { posix } from 'node:path';
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
    programs: [buildctl, needsLauncher ? process.execPath : []].flat(),
    read: [
      ...[socket, input.contextFolder, input.registryConfigFolder].flat(),
      ...Object.values({ ...input.secretFiles, ...input.sshKeyFiles }),
      ...Object.values(host.registryCertificates),
      ...(needsLauncher ? codeOf(launcher) : []),
    ],
    write: [input.workFolder, ...(needsLauncher ? [input.storageFolder] : [])],
    network: 'host',
  };
}

/** The compiled sources that a program of this folder is part of, with what says that they are modules. */
function codeOf(program: string): string[] {
  const sources = posix.resolve(posix.dirname(program), '../..');
  return [sources, posix.resolve(sources, '../package.json'), posix.resolve(sources, '../../package.json')];
}
