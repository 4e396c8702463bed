import { resolveInside } from '../adapters/context/resolve-inside.js';
import type { GitHost } from '../adapters/git/server.js';
import type { ControllerConfig, SupervisorConfig } from '../config.js';

/** How the processes that speak to git servers do that. */
export function gitHostOf(config: ControllerConfig | SupervisorConfig): GitHost {
  return {
    gitProgram: config.gitPath,
    sshProgram: config.sshPath,
    caFile: config.gitCaFile ?? null,
    insecureHosts: config.insecureGitHosts,
    allowedNetworks: config.allowedNetworks,
    proxies: config.proxies,
    resolveInside,
  };
}
