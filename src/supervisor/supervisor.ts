import { setTimeout as sleep } from 'node:timers/promises';
import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import path from 'node:path';
import { DEFAULT_LIMITS, type RunDeps, type SupervisorDeps } from './deps.js';
import { BuilderWatch } from './builder-watch.js';
import { DiskWatch } from './disk-watch.js';
import { Draining } from './draining.js';
import { Heartbeat } from './heartbeat.js';
import { LeftOvers } from './left-overs.js';
import { Runs } from './runs.js';
import { closeSocket } from './json-socket.js';
import { refuseSecond, serveSocket } from './server.js';
import { WorkerWatch } from './worker-watch.js';

/** A grant on its way comes within moments. */
const LOOK_AGAIN_MS = 500;

/** The resident process of a build host. */
export interface SupervisorProcess {
  /** Takes up what an earlier life left, then serves the socket and says to the api that the host is there. */
  start(): Promise<void>;
  /** Takes no new builds, and resolves when those that run have ended or the time is over. */
  drain(withinMs: number): Promise<void>;
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
  const heartbeat: Heartbeat = new Heartbeat(
    deps.controlPlane,
    async () => ({
      ...deps.offer,
      disk: await disk.measure(),
      builder_trouble: builder.trouble,
      is_draining: draining.isOn,
      // Left out where it is not so: an older api does not know of it.
      ...(worker.isAway && { is_worker_away: true }),
    }),
    deps.log,
  );
  const builder = new BuilderWatch(
    deps.probeBuilder ?? (() => Promise.resolve()),
    () => heartbeat.beatNow(),
    deps.log,
  );
  const worker = new WorkerWatch(
    { changed: () => heartbeat.beatNow(), gone: (back) => runs.letEndedGo(back) },
    runDeps.limits,
    deps.log,
  );
  const draining = new Draining(
    () => heartbeat.beatNow(),
    (signal) => untilIdle(runs, heartbeat, signal),
  );
  let server: Server | null = null;
  return {
    async start() {
      await mkdir(deps.stateFolder, { recursive: true, mode: 0o700 });
      await refuseSecond(deps.socketPath);
      await runs.recover();
      server = await serveSocket(deps.socketPath, {
        run: (lease) => runs.run(lease),
        stop: (lease) => runs.stop(lease),
        publishSpec: (lease, signal) => runs.publishSpec(lease, signal),
        putPublication: (lease, report, signal) => runs.putPublication(lease, report, signal),
        attach: (signal) => worker.attach(signal),
        admission: (known, signal) => heartbeat.admission(known, signal),
        drain: (withinMs, signal) => draining.within(withinMs, signal),
        health: () => ({ workerId: heartbeat.workerId }),
      });
      worker.start();
      // The worker is answered at once; the host says that it is there when it knows of its builder.
      void (deps.probeBuilder === undefined ? Promise.resolve() : builder.start()).then(() =>
        heartbeat.start(),
      );
      leftOvers.start();
    },
    drain: (withinMs) => draining.within(withinMs),
    async stop() {
      worker.stop();
      await heartbeat.stop();
      await leftOvers.stop();
      await disk.stop();
      await builder.stop();
      await runs.drain();
      await deps.groups?.close();
      if (server !== null) await closeSocket(server);
    },
  };
}

/** Resolves when no lease is held and none has been granted that may still come, or the signal aborts. */
async function untilIdle(runs: Runs, heartbeat: Heartbeat, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await runs.idle(signal);
    if (signal.aborted || (await heartbeat.leases()) === 0) return;
    await sleep(LOOK_AGAIN_MS, undefined, { signal }).catch(() => {});
  }
}
