import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import path from 'node:path';
import { DEFAULT_LIMITS, type RunDeps, type SupervisorDeps } from './deps.js';
import { Heartbeat } from './heartbeat.js';
import { DiskWatch } from './disk-watch.js';
import { LeftOvers } from './left-overs.js';
import { Runs } from './runs.js';
import { closeSocket } from './json-socket.js';
import { refuseSecond, serveSocket } from './server.js';

/** The resident process of a build host. */
export interface SupervisorProcess {
  /** Takes up what an earlier life left, then serves the socket and says to the api that the host is there. */
  start(): Promise<void>;
  /** Sends what was read for a bounded time and closes the socket. The builds go on: the next supervisor takes them up. */
  stop(): Promise<void>;
}

/** Composes the supervisor. One process at a time may use a state folder. */
export function createSupervisor(deps: SupervisorDeps): SupervisorProcess {
  const runDeps: RunDeps = { ...deps, limits: { ...DEFAULT_LIMITS, ...deps.limits } };
  const runsFolder = path.join(deps.stateFolder, 'runs');
  const runs = new Runs(runDeps, runsFolder);
  const leftOvers = new LeftOvers(deps, runs, runsFolder);
  const disk = new DiskWatch(deps, runDeps.limits.diskReserveBytes, deps.log);
  const heartbeat = new Heartbeat(deps.controlPlane, deps.offer, () => disk.measure(), deps.log);
  let server: Server | null = null;
  return {
    async start() {
      await mkdir(deps.stateFolder, { recursive: true, mode: 0o700 });
      await refuseSecond(deps.socketPath);
      await runs.recover();
      server = await serveSocket(deps.socketPath, {
        run: (lease) => runs.run(lease),
        stop: (lease) => runs.stop(lease),
        publishSpec: (lease) => runs.publishSpec(lease),
        putPublication: (lease, report) => runs.putPublication(lease, report),
        health: () => ({ workerId: heartbeat.workerId }),
      });
      heartbeat.start();
      leftOvers.start();
    },
    async stop() {
      await heartbeat.stop();
      await leftOvers.stop();
      await disk.stop();
      await runs.drain();
      await deps.groups?.close();
      if (server !== null) await closeSocket(server);
    },
  };
}
