import { setTimeout as sleep } from 'node:timers/promises';
import { trustOfKey } from '../../domain/builds/buildkit-key.js';
import type { KeepReport, KeptService } from '../keep-alive.js';
import { DEFAULT_CACHE_BYTES, type RunNetwork } from '../services/buildkit-config.js';
import { buildkitRoot } from '../services/buildkit-root.js';
import { type BuildkitOptions, type RunningBuildkit, startBuildkit } from '../services/buildkit.js';
import { closeSocket } from '../../supervisor/json-socket.js';
import { BuildkitCaches } from './caches.js';
import { isInUse } from './in-use.js';
import { endLeftBuildkits, leftBuildkits } from './left-buildkits.js';
import { BuildkitPool } from './pool.js';
import { readUse, writeUse } from './root-use.js';
import { serveBuildkits } from './server.js';

export interface OpenBuildkitsOptions {
  readonly stateFolder: string;
  /** The first one's, which runs from now on, so that nobody waits for the start of it. */
  readonly firstKey: string;
  /** Builds at once on this host. */
  readonly slots: number;
  readonly socketPath: string;
  /** Without a build for so long, one that is not the first is stopped. Default 10 minutes. */
  readonly idleMs?: number;
  /** The only kind of network for RUN steps that will do. */
  readonly network?: RunNetwork['mode'];
  /** What is alike for all of them. `maxCacheBytes` is for all together. */
  readonly all: Omit<
    BuildkitOptions,
    'root' | 'network' | 'isEgressClosed' | 'takenSubnets' | 'stateFolder' | 'allowsHostNetwork'
  >;
  /** Whether builds of trusted projects may use the network of this host. */
  readonly allowsHostNetwork?: boolean;
  readonly report: KeepReport;
}

const IDLE_MS = 10 * 60_000;
const GRACE_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Opens the BuildKits of a `kiln up`: ends what an earlier one left of them, starts the first and serves the socket on which the supervisor asks
 * for others. `current` is the first; `stop` ends all.
 */
export async function openBuildkits(options: OpenBuildkitsOptions): Promise<KeptService<RunningBuildkit>> {
  const { stateFolder, firstKey, all, report, idleMs = IDLE_MS } = options;
  await endLeftBuildkits(stateFolder, await leftBuildkits(stateFolder), all.programs.runc.path);
  let first: RunningBuildkit | null = null;
  const pool: BuildkitPool<RunningBuildkit> = new BuildkitPool(
    {
      isInUse,
      report,
      onStopping: (member) => caches.note(member),
      async start(key, previous, others) {
        const root = buildkitRoot(stateFolder, key);
        await writeUse(root, { sizeBytes: 0, ...(await readUse(root)), usedAtMs: Date.now() });
        const like = previous ?? first;
        const network = like?.network ?? options.network;
        const started = await startBuildkit({
          ...all,
          stateFolder,
          root,
          allowsHostNetwork: options.allowsHostNetwork === true && trustOfKey(key) === 'trusted',
          ...(network !== undefined && { network }),
          ...(like !== null && { isEgressClosed: like.isEgressClosed }),
          takenSubnets: others.flatMap(({ subnet }) => subnet ?? []),
        });
        first ??= started;
        return started;
      },
    },
    { maxLive: options.slots + 1, idleMs, graceMs: GRACE_MS, longestWaitMs: LONGEST_WAIT_MS },
  );
  const caches = new BuildkitCaches({
    stateFolder,
    pool,
    buildctlPath: all.programs.buildctl.path,
    budgetBytes: all.maxCacheBytes ?? DEFAULT_CACHE_BYTES,
    report,
  });
  await caches
    .removeForeign()
    .catch((error: unknown) => report(`an old build cache is left: ${String(error)}`));
  const kept = await pool.keepWarm(firstKey);
  const server = await serveBuildkits(options.socketPath, {
    open: async (key) => (await pool.open(key)).address,
    clear: (wantedFreeBytes, signal) => caches.clear(wantedFreeBytes, signal),
  }).catch(async (error: unknown) => {
    await pool.stop();
    throw error;
  });
  const stopping = new AbortController();
  const upkeep = keepInOrder(pool, caches, Math.min(idleMs / 4, LONGEST_PAUSE_MS), stopping.signal, report);
  return {
    name: 'buildkit',
    current: kept.current,
    async stop() {
      stopping.abort();
      await closeSocket(server);
      await upkeep;
      await pool.stop();
    },
  };
}

async function keepInOrder(
  pool: BuildkitPool<RunningBuildkit>,
  caches: BuildkitCaches,
  pauseMs: number,
  signal: AbortSignal,
  report: KeepReport,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await pool
      .stopIdle()
      .then(() => caches.keepBudget(signal))
      .catch((error: unknown) => {
        if (!signal.aborted) report(`the build caches could not be kept in order: ${String(error)}`);
      });
  }
}
