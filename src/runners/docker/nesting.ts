import { randomUUID } from 'node:crypto';
import { awaitedLater } from '../../domain/awaited-later.js';
import { toKilnError } from '../../domain/errors.js';
import type { Confinement, RunPlan } from '../../ports/engine.js';
import { containerConfig } from './container-config.js';
import { Containers } from './containers.js';
import { provideImage, type DockerHost } from './docker-host.js';

const TRIAL_MS = 30_000;
/** A control group, namespaces and mounts as launchers and their containers make them. `$0` is busybox. */
const TRIAL = [
  'for at in /sys/fs/cgroup/pids /sys/fs/cgroup; do "$0" mkdir "$at/trial" && "$0" rmdir "$at/trial" && break; done',
  'exec "$0" unshare --mount --pid --net --fork --mount-proc "$0" unshare --user --map-root-user --mount --net "$0" mount -t sysfs -o ro sysfs /sys',
].join(' && ');
const CONFINEMENT: Confinement = {
  startsContainers: true,
  reach: { programs: [], read: [], write: [], network: 'host' },
  limits: { memoryBytes: 64 * 1024 ** 2, cpuMilli: null, pids: 64 },
};

/**
 * Why the engine lets no container make namespaces, mounts and control groups, in words; null where it does. Tries it, since nothing else
 * tells: the engine itself may lack what it is to give, or a filter stand in the way that is not known here.
 */
export async function nestingTrouble(host: DockerHost): Promise<string | null> {
  const { call } = host;
  const containers = new Containers(call);
  const name = `kiln-trial-${randomUUID()}`;
  try {
    await containers.create(name, trialConfig(host), () => provideImage(call));
    const signal = AbortSignal.timeout(TRIAL_MS);
    const ended = awaitedLater(call('POST', `/containers/${name}/wait?condition=removed`, { signal }));
    await containers.start(name);
    const { StatusCode: code } = (await ended).body as { StatusCode?: number };
    return code === 0 ? null : `namespaces, mounts or control groups are refused (exit code ${code})`;
  } catch (error) {
    await containers.remove(name).catch(() => {});
    const { message, detail } = toKilnError(error);
    return detail ?? message;
  }
}

/** The engine removes it when it has ended, whoever is left to ask for that. */
function trialConfig({ busybox, cpus }: DockerHost): object {
  const argv = [busybox, 'sh', '-c', TRIAL, busybox] as const;
  const plan: RunPlan = { argv: [...argv], env: {}, cwd: '/', files: {}, outputs: [] };
  const config = containerConfig(plan, CONFINEMENT, {
    ...{ folder: '/trial', stdout: '/tmp/out', stderr: '/tmp/err', busybox },
    ...{ readOnly: [], writable: [], user: '0:0', takesGroupPath: false, cpus },
  }) as { HostConfig: { Mounts: { Source: string }[] } };
  const { HostConfig: hostConfig } = config;
  return {
    ...config,
    HostConfig: {
      ...hostConfig,
      Mounts: hostConfig.Mounts.filter(({ Source: source }) => source === busybox),
      AutoRemove: true,
    },
  };
}
