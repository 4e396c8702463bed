import { METHODS, METHOD_NAMES } from '../engines/methods.js';
import { openDockerHost } from '../runners/docker/docker-host.js';
import { nestingTrouble } from '../runners/docker/nesting.js';

/**
 * Says which methods are not offered because the engine of the runner docker lets no container start others. Nothing with the runner local,
 * and nothing of an engine that cannot be had: then the supervisor does not start, and says why.
 */
export async function tellRunnerTrouble(
  settings: Readonly<Record<string, string>>,
  busybox: string | undefined,
  log: (text: string) => void,
): Promise<void> {
  if (settings['KILN_RUNNER'] !== 'docker') return;
  const address = settings['KILN_DOCKER_HOST'] ?? DEFAULT_DOCKER_HOST;
  const host = await openDockerHost({ address, busybox }).catch(() => null);
  const trouble = host && (await nestingTrouble(host));
  if (trouble === null) return;
  const methods = await nestingMethods();
  log(
    `The methods ${methods.join(', ')} are not offered: the Docker engine lets no container start others, ${trouble}`,
  );
}

/** The methods that start containers themselves. */
export async function nestingMethods(): Promise<string[]> {
  const names: string[] = [];
  for (const name of METHOD_NAMES)
    if ((await METHODS[name]!.engine()).startsContainers === true) names.push(name);
  return names;
}

/** Where a Docker engine listens unless somebody says otherwise. */
export const DEFAULT_DOCKER_HOST = 'unix:///var/run/docker.sock';
