import { askedBuildkits } from '../adapters/buildkit/asked-buildkits.js';
import { oneBuildkit } from '../adapters/buildkit/one-buildkit.js';
import type { SupervisorConfig } from '../config.js';
import type { Buildkits } from '../ports/buildkits.js';

/** The BuildKits of this host as it is configured; null where there are none, or no buildctl to speak to them. */
export function hostBuildkits(config: SupervisorConfig, buildctlPath: string | undefined): Buildkits | null {
  if (buildctlPath === undefined || config.stubEngine) return null;
  if (config.buildkitsSocket !== undefined) return askedBuildkits(config.buildkitsSocket);
  if (config.buildkitAddress === undefined) return null;
  return oneBuildkit({
    address: config.buildkitAddress,
    buildctlPath,
    isShared: config.buildkitShared,
    stateFolder: config.stateDir,
  });
}
