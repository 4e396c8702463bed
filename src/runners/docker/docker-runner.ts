import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import type { RunEnd } from '../../ports/engine.js';
import type { RunHandle, Runner, RunUsage } from '../../ports/runner.js';
import { containerName } from './container-config.js';
import { Containers, RETRY_MS, exitOf, isOver, wasStarted, type ContainerState } from './containers.js';
import type { DockerHost } from './docker-host.js';
import { readEnd } from './run-end.js';
import { readJson, runFiles, writeJson, type ExitFile, type StartedFile } from './run-files.js';
import { Starts } from './start.js';

/**
 * Runs each plan in a container of a Docker engine on this host. The program writes into the run's folder itself, and the engine keeps its
 * end until it is on the disk: no process of Kiln has to live for it.
 */
export function createDockerRunner(host: DockerHost, patienceMs?: number): Runner {
  const containers = new Containers(host.call, patienceMs);
  const starts = new Starts(host, containers);
  /** Of runs that were ended while the engine was away: they may go on when it is back. */
  const unended = new Set<string>();
  return {
    enforcesLimits: true,
    start: async (folder, plan) => {
      for (const name of unended)
        await containers.remove(name).then(
          () => unended.delete(name),
          () => {},
        );
      return starts.start(folder, plan);
    },
    find: (folder) => find(containers, folder),
    wait: (folder, signal) => wait(containers, folder, signal),
    hasEnded: async (folder) => {
      const state =
        (await exitFile(folder)) === null ? await containers.insist(() => look(containers, folder)) : null;
      return state === null || isOver(state);
    },
    stop: async (folder, graceMs) => {
      try {
        await stop(containers, folder, graceMs);
      } catch (error) {
        unended.add(containerName(folder));
        throw error;
      }
    },
    usage: (folder) => usage(containers, folder),
    sweep: async (runsFolder, isKept) => {
      let removed = 0;
      for (const { name, folder } of await containers.insist(() => containers.ofRuns())) {
        const isOfThis = !path.relative(runsFolder, folder).startsWith('..');
        if (!isOfThis || isKept(folder)) continue;
        await containers.insist(() => containers.remove(name));
        removed += 1;
      }
      return removed;
    },
  };
}

const exitFile = (folder: string): Promise<ExitFile | null> => readJson(runFiles(folder).exit);
const look = (containers: Containers, folder: string): Promise<ContainerState | null> =>
  containers.inspect(containerName(folder));

/** A container that was started and whose starter did not live to write it down counts too. */
async function find(containers: Containers, folder: string): Promise<RunHandle | null> {
  const known = await readJson<StartedFile>(runFiles(folder).started);
  if (known !== null) return { pid: known.pid, startTime: known.startedAt };
  const state = await containers.insist(() => look(containers, folder));
  return state !== null && wasStarted(state) ? { pid: state.Pid, startTime: state.StartedAt } : null;
}

async function wait(containers: Containers, folder: string, signal?: AbortSignal): Promise<RunEnd | null> {
  const name = containerName(folder);
  const waits = signal ?? new AbortController().signal;
  let seenMs = Date.now();
  let wasAway = false;
  for (;;) {
    waits.throwIfAborted();
    const exit = await exitFile(folder);
    if (exit !== null) return readEnd(folder, exit);
    try {
      const state = await containers.inspect(name, waits);
      // Whoever stops a run writes its end before the container goes.
      if (state === null || !wasStarted(state)) return await readEnd(folder, await exitFile(folder));
      // An engine that is stopped ends its containers: what failed then has not failed by itself.
      const isLost = wasAway && state.ExitCode !== 0;
      if (isOver(state)) return await readEnd(folder, await keepEnd(folder, state, isLost));
      seenMs = Date.now();
      wasAway = false;
      await containers.ended(name, waits);
      if (state.Status === 'removing') await sleep(RETRY_MS);
    } catch {
      waits.throwIfAborted();
      wasAway = true;
      if (Date.now() - seenMs > containers.patienceMs) return null;
      await sleep(RETRY_MS);
    }
  }
}

async function stop(containers: Containers, folder: string, graceMs: number): Promise<void> {
  const name = containerName(folder);
  const state = await containers.insist(() => containers.inspect(name));
  if (state === null) return;
  if (wasStarted(state)) {
    if (!isOver(state)) await end(containers, name, graceMs);
    const last = await containers.insist(() => containers.inspect(name));
    if (last !== null && (await exitFile(folder)) === null) await keepEnd(folder, last);
  }
  await containers.insist(() => containers.remove(name));
}

async function end(containers: Containers, name: string, graceMs: number): Promise<void> {
  if (graceMs > 0) {
    await containers.insist(() => containers.signal(name, 'SIGTERM'));
    await containers.ended(name, AbortSignal.timeout(graceMs)).catch(() => {});
  }
  await containers.insist(() => containers.signal(name, 'SIGKILL'));
  await containers.insist(() => containers.ended(name, AbortSignal.timeout(containers.patienceMs)));
}

async function usage(containers: Containers, folder: string): Promise<RunUsage> {
  const exit = await exitFile(folder);
  const state = exit === null ? await look(containers, folder).catch(() => null) : null;
  const soFarMs = state === null ? null : Date.now() - Date.parse(state.StartedAt);
  return {
    // The control group of the run tells them, where it has one.
    ...{ peakMemoryBytes: null, cpuUsagePercent: null, diskReadBytes: null, diskWriteBytes: null },
    durationMs: exit === null ? soFarMs : exit.durationMs,
  };
}

async function keepEnd(folder: string, state: ContainerState, isLost = false): Promise<ExitFile> {
  const exit = { ...exitOf(state), ...(isLost && { isLost }) };
  await writeJson(runFiles(folder).exit, exit).catch((error: NodeJS.ErrnoException) => {
    // The folder of a run that nobody asks for any more may be gone already.
    if (error.code !== 'ENOENT') throw error;
  });
  return exit;
}
