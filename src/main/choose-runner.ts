import type { SupervisorConfig } from '../config.js';
import type { BuildMethod } from '../domain/builds/method.js';
import type { Engine, EngineHost } from '../ports/engine.js';
import type { Runner } from '../ports/runner.js';
import { createDockerRunner } from '../runners/docker/docker-runner.js';
import { openDockerHost } from '../runners/docker/docker-host.js';
import { createLocalRunner } from '../runners/local/local-runner.js';

/** Where plans run on this host. Raises `runner_unavailable` or `program_missing` where the configured runner cannot be had. */
export async function chooseRunner(
  { runner, dockerHost: address }: Pick<SupervisorConfig, 'runner' | 'dockerHost'>,
  { busybox }: EngineHost['programs'],
): Promise<Runner> {
  if (runner === 'local') return createLocalRunner({ keepsSpare: true });
  return createDockerRunner(await openDockerHost({ address, busybox }));
}

/** The methods that the configured runner cannot run: all that start containers of their own, where each build is shut into one. */
export function notForRunner(
  { runner }: Pick<SupervisorConfig, 'runner'>,
  engines: Readonly<Partial<Record<BuildMethod, Engine>>>,
): BuildMethod[] {
  if (runner === 'local') return [];
  return Object.values(engines as Record<BuildMethod, Engine>).flatMap(({ method, reachOf }) =>
    reachOf === undefined ? [method] : [],
  );
}
