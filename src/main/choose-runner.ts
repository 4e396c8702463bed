import { join } from 'node:path';
import type { SupervisorConfig } from '../config.js';
import type { BuildMethod } from '../domain/builds/method.js';
import type { Engine, EngineHost } from '../ports/engine.js';
import type { Runner } from '../ports/runner.js';
import { createDockerRunner } from '../runners/docker/docker-runner.js';
import { openDockerHost } from '../runners/docker/docker-host.js';
import { nestingTrouble } from '../runners/docker/nesting.js';
import { createLocalRunner } from '../runners/local/local-runner.js';

/** Where plans run on this host. Raises `runner_unavailable` or `program_missing` where the configured runner cannot be had. */
export async function chooseRunner(
  { runner, dockerHost: address, stateDir }: Pick<SupervisorConfig, 'runner' | 'dockerHost' | 'stateDir'>,
  { busybox }: EngineHost['programs'],
): Promise<Runner> {
  if (runner === 'local') return createLocalRunner({ spareFolder: join(stateDir, 'spare') });
  const host = await openDockerHost({ address, busybox });
  const trouble = await nestingTrouble(host);
  return { ...createDockerRunner(host), ...(trouble !== null && { nestingTrouble: trouble }) };
}

/** The methods that the configured runner cannot run, each with the reason. */
export function notForRunner(
  { runner }: Pick<SupervisorConfig, 'runner'>,
  { nestingTrouble: trouble }: Pick<Runner, 'nestingTrouble'>,
  engines: Readonly<Partial<Record<BuildMethod, Engine>>>,
): { readonly method: BuildMethod; readonly reason: string }[] {
  if (runner === 'local') return [];
  return Object.values(engines as Record<BuildMethod, Engine>).flatMap((engine) => {
    const { method, reachOf, startsContainers = false } = engine;
    if (reachOf === undefined)
      return [{ method, reason: 'it does not say what of the host has to be in its container' }];
    if (startsContainers && trouble !== undefined)
      return [
        {
          method,
          reason: `it starts containers itself, which the Docker engine lets no container do: ${trouble}`,
        },
      ];
    return [];
  });
}
