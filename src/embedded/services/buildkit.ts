import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { KilnError } from '../../domain/errors.js';
import { ensurePrograms, type FoundProgram } from '../programs.js';
import { buildkitConfig, type RunNetwork } from './buildkit-config.js';
import { removeBridge } from './remove-bridge.js';
import { runNetworks } from './run-network.js';
import { connectOnce } from './connect-once.js';
import type { ServiceCommand } from './launch-process.js';
import { endRunsOfBuildkit } from './buildkit-leftovers.js';
import { type RunningService, type ServiceContext, startService } from './service.js';

/** The longest path of a Unix socket that every system takes. */
const LONGEST_SOCKET_PATH = 100;

/** A running BuildKit. `address` is what `buildctl --addr` takes. */
export interface RunningBuildkit extends RunningService<never> {
  readonly address: string;
  readonly buildctlPath: string;
  /** How it stores layers: `overlayfs`, or `native` (slower, full copies) where overlays do not work. */
  readonly snapshotter: string;
  readonly isRootless: boolean;
  /** `host`: RUN steps reach the loopback ports of this machine. */
  readonly network: RunNetwork['mode'];
}

export interface BuildkitOptions extends ServiceContext {
  /** With `cni`, RUN steps get a network of their own where that can be made. */
  readonly programs: Readonly<Record<'buildkitd' | 'buildctl' | 'runc', FoundProgram>> & {
    readonly cni?: FoundProgram;
  };
  /** `host:port` of registries that speak plain HTTP. */
  readonly plainHttpRegistries?: readonly string[];
  /** How many bytes its cache may use before old entries go. Default 20 GB. */
  readonly maxCacheBytes?: number;
}

/**
 * Starts BuildKit on a Unix socket, with its state in `<state>/buildkit`. As root it runs as it is; as an ordinary
 * user it runs under rootlesskit, and the error says what that needs. RUN steps get a bridge of their own where one
 * can be made, else the network of the host.
 */
export async function startBuildkit(options: BuildkitOptions): Promise<RunningBuildkit> {
  const [best, ...others] = await runNetworks(options.stateFolder, options.programs.cni);
  try {
    return await startWithNetwork(options, best);
  } catch (error) {
    const [fallback] = others;
    if (fallback === undefined) throw error;
    options.log?.(
      `buildkit: no ${best.mode} network for RUN steps, trying ${fallback.mode} (${String(error)})`,
    );
    return startWithNetwork(options, fallback);
  }
}

async function startWithNetwork(options: BuildkitOptions, network: RunNetwork): Promise<RunningBuildkit> {
  const { buildkitd, buildctl, runc } = options.programs;
  const folder = join(options.stateFolder, 'buildkit');
  const socket = await socketPath(folder, options.stateFolder);
  const isRootless = process.getuid?.() !== 0;
  const address = `unix://${socket}`;
  const service = await startService(options, {
    name: 'buildkit',
    folder,
    portNames: [],
    stop: { signal: 'SIGTERM', graceMs: 10_000 },
    readyTimeoutMs: 60_000,
    beforeStart: async () => {
      await endRunsOfBuildkit(folder, runc.path);
      if (network.mode === 'bridge') await removeBridge(network.name);
      await rm(socket, { force: true });
    },
    command: async () => {
      const config = join(folder, 'buildkitd.toml');
      await mkdir(join(folder, 'root'), { recursive: true });
      await writeFile(
        config,
        buildkitConfig({ ...options, folder, socket, isRootless, network, runcPath: runc.path }),
      );
      return isRootless
        ? rootlessCommand(buildkitd.path, config, folder)
        : { file: buildkitd.path, args: ['--config', config] };
    },
    probe: async () => {
      await connectOnce(socket);
      await readSnapshotter(buildctl.path, address);
    },
  });
  const stop = async (): Promise<void> => {
    await service.stop();
    await endRunsOfBuildkit(folder, runc.path);
    if (network.mode === 'bridge') await removeBridge(network.name);
  };
  const snapshotter = await readSnapshotter(buildctl.path, address);
  return {
    ...service,
    stop,
    address,
    buildctlPath: buildctl.path,
    snapshotter,
    isRootless,
    network: network.mode,
  };
}

// A process namespace of its own ends every RUN step together with BuildKit. runc keeps its state in the runtime folder.
async function rootlessCommand(buildkitd: string, config: string, folder: string): Promise<ServiceCommand> {
  const { rootlesskit } = await ensurePrograms(['rootlesskit']);
  const runtimeFolder = join(folder, 'run');
  await mkdir(runtimeFolder, { recursive: true, mode: 0o700 });
  return {
    file: rootlesskit.path,
    args: ['--copy-up=/etc', '--pidns', buildkitd, '--config', config],
    env: { XDG_RUNTIME_DIR: runtimeFolder },
  };
}

async function socketPath(folder: string, stateFolder: string): Promise<string> {
  const inState = join(folder, 'buildkitd.sock');
  if (inState.length <= LONGEST_SOCKET_PATH) return inState;
  const name = createHash('sha256').update(stateFolder).digest('hex').slice(0, 12);
  const short = join(tmpdir(), `kiln-${process.getuid?.() ?? 0}-${name}`);
  await mkdir(short, { recursive: true, mode: 0o700 });
  return join(short, 'buildkitd.sock');
}

const workers = z.array(z.object({ labels: z.record(z.string(), z.string()) }));

async function readSnapshotter(buildctl: string, address: string): Promise<string> {
  const args = ['--addr', address, 'debug', 'workers', '--format', '{{json .}}'];
  const result = await execa(buildctl, args, { reject: false, timeout: 5_000 });
  const parsed = result.exitCode === 0 ? workers.safeParse(JSON.parse(result.stdout)) : undefined;
  const snapshotter = parsed?.data?.[0]?.labels['org.mobyproject.buildkit.worker.snapshotter'];
  if (snapshotter === undefined) {
    throw new KilnError('service_start_failed', { message: `BuildKit has no worker: ${result.stderr}` });
  }
  return snapshotter;
}
