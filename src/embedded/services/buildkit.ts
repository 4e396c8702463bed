import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { KilnError } from '../../domain/errors.js';
import { ensurePrograms, type FoundProgram } from '../programs.js';
import { socketPath } from '../socket-path.js';
import { closeEgress, type Egress, egressOf, egressTrouble, inEgressGroup } from './egress-firewall.js';
import { egressPermit } from './egress-permit.js';
import { closeBridge } from './bridge-firewall.js';
import { bridgeConfig } from './bridge-config.js';
import { buildkitConfig, type RunNetwork } from './buildkit-config.js';
import type { BuildkitRegistries } from './buildkit-registries.js';
import { bridgeName, runNetworks } from './run-network.js';
import { connectOnce } from './connect-once.js';
import type { ServiceCommand } from './launch-process.js';
import { clearBuildkit, markOpened } from './buildkit-leftovers.js';
import type { BuildkitRoot } from './buildkit-root.js';
import { stepRuntime } from './step-runtime.js';
import { serviceEnvironment } from './service-environment.js';
import { type RunningService, type ServiceContext, startService } from './service.js';

/** BuildKit clips a loud step's output unless it is told not to; Kiln's own cap says what it cuts. */
const WHOLE_LOGS = { BUILDKIT_STEP_LOG_MAX_SIZE: '-1', BUILDKIT_STEP_LOG_MAX_SPEED: '-1' };

/** A running BuildKit. `address` is what `buildctl --addr` takes. */
export interface RunningBuildkit extends RunningService<never> {
  readonly address: string;
  readonly socket: string;
  readonly buildctlPath: string;
  /** How it stores layers: `overlayfs`, or `native` (slower, full copies) where overlays do not work. */
  readonly snapshotter: string;
  readonly isRootless: boolean;
  /** `host`: RUN steps reach the loopback ports of this machine. */
  readonly network: RunNetwork['mode'];
  /** Of the bridge (CIDR); null without one. */
  readonly subnet: string | null;
  /** Whether a firewall keeps it from the networks that builds may not reach. */
  readonly isEgressClosed: boolean;
  /** Whether it puts RUN steps into the control group of their run. */
  readonly joinsGroups: boolean;
}

export interface BuildkitOptions extends ServiceContext {
  /** Where its state lies; bridge, firewall group and chain are named after it. */
  readonly root: BuildkitRoot;
  /** With `cni`, RUN steps get a network of their own where that can be made. */
  readonly programs: Readonly<Record<'buildkitd' | 'buildctl' | 'runc', FoundProgram>> & {
    readonly cni?: FoundProgram;
  };
  readonly registries?: BuildkitRegistries;
  /** The registry (`host:port`) that it may reach wherever it lies. */
  readonly ownRegistry?: string;
  /** How many bytes its cache may use before old entries go. Default 20 GB. */
  readonly maxCacheBytes?: number;
  /** How much is to stay free on the disk; cache goes earlier where less is. Default 2 GB. */
  readonly diskReserveBytes?: number;
  /** Whether steps may have the network of the host, those that ask for it. */
  readonly allowsHostNetwork?: boolean;
  /** The only network that will do: a restart keeps the one of the first start, for others were told of it. */
  readonly network?: RunNetwork['mode'];
  /** Subnets (CIDR) that its bridge may not have. */
  readonly takenSubnets?: readonly string[];
  /** Networks (CIDR) besides the public ones that it may reach. */
  readonly allowedNetworks?: readonly string[];
  /** Whether a firewall has to keep it from closed networks, as at an earlier start; tried out when absent. */
  readonly isEgressClosed?: boolean;
}

/**
 * Starts BuildKit on a Unix socket, with its state in the folder of the root. As root it runs as it is; as an ordinary
 * user it runs under rootlesskit, and the error says what that needs. RUN steps get a bridge of their own where one
 * can be made, else the network of the host; with `network` they get that one or the start fails. As root a firewall keeps its own
 * connections from closed networks; where that cannot be done, the log says why.
 */
export async function startBuildkit(options: BuildkitOptions): Promise<RunningBuildkit> {
  const { root, programs, takenSubnets } = options;
  const networks = await runNetworks(root.folder, programs.cni, takenSubnets);
  const [best, ...others] = networks.filter(({ mode }) => mode === (options.network ?? mode));
  if (best === undefined) {
    throw new KilnError('service_start_failed', {
      message: `BuildKit cannot give RUN steps a network of the kind "${options.network}" any more: see that iptables and the CNI plugins work, or start Kiln anew.`,
    });
  }
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
  const { folder, serviceName } = options.root;
  const name = `${bridgeName(folder)}.sock`;
  const socket = await socketPath({ folder: dirname(folder), name }, options.stateFolder);
  const isRootless = process.getuid?.() !== 0;
  const egress = await prepareEgress(options);
  const address = `unix://${socket}`;
  await mkdir(folder, { recursive: true });
  const runtime = await stepRuntime(options.stateFolder, folder, runc.path);
  const service = await startService(options, {
    name: serviceName,
    folder,
    portNames: [],
    // At SIGTERM BuildKit waits for running builds; those are tried again after the next start.
    stop: { signal: 'SIGTERM', graceMs: 3_000 },
    readyTimeoutMs: 60_000,
    clear: async () => {
      await clearBuildkit(folder, runc.path);
      for (const path of [socket, `${socket}.otel`]) await rm(path, { force: true });
    },
    command: async () => {
      const config = join(folder, 'buildkitd.toml');
      await mkdir(join(folder, 'root'), { recursive: true });
      await markOpened(folder);
      if (egress !== null) await closeEgress(egress, await permitOf(options));
      if (network.mode === 'bridge') {
        await closeBridge(network.name);
        await writeBridgeConfig(folder, network);
      }
      await writeFile(
        config,
        buildkitConfig({ ...options, folder, socket, isRootless, network, runcPath: runtime.path }),
      );
      if (isRootless) return rootlessCommand(buildkitd.path, config, folder);
      const plain = { file: buildkitd.path, args: ['--config', config] };
      const command = egress === null ? plain : inEgressGroup(plain.file, plain.args, egress.groupId);
      return { ...command, env: WHOLE_LOGS };
    },
    probe: async () => {
      await connectOnce(socket);
      await readSnapshotter(buildctl.path, address);
      // BuildKit would give it to every step.
      await rm(`${socket}.otel`, { force: true });
    },
  });
  const snapshotter = await readSnapshotter(buildctl.path, address);
  return {
    ...service,
    address,
    socket,
    buildctlPath: buildctl.path,
    snapshotter,
    isRootless,
    network: network.mode,
    subnet: network.mode === 'bridge' ? network.subnet : null,
    isEgressClosed: egress !== null,
    joinsGroups: runtime.joinsGroups,
  };
}

/** Null where BuildKit cannot be kept from closed networks. */
async function prepareEgress({ root, log, isEgressClosed }: BuildkitOptions): Promise<Egress | null> {
  const egress = egressOf(root.folder);
  if (isEgressClosed !== undefined) return isEgressClosed ? egress : null;
  const trouble = await egressTrouble(egress.groupId);
  if (trouble === null) return egress;
  log?.(
    `buildkit: BuildKit cannot be kept from the ports of this machine and its private networks: ${trouble}. Only what Dockerfiles name is judged.`,
  );
  return null;
}

function permitOf({ ownRegistry, allowedNetworks = [] }: BuildkitOptions) {
  return egressPermit({
    registries: ownRegistry === undefined ? [] : [ownRegistry],
    networks: allowedNetworks,
  });
}

async function writeBridgeConfig(folder: string, network: RunNetwork & { mode: 'bridge' }): Promise<void> {
  const leases = join(folder, 'cni');
  await rm(leases, { recursive: true, force: true });
  await writeFile(network.configPath, bridgeConfig({ ...network, leasesFolder: leases }));
}

// A process namespace of its own ends every RUN step together with BuildKit. runc keeps its state in the runtime folder.
async function rootlessCommand(buildkitd: string, config: string, folder: string): Promise<ServiceCommand> {
  const { rootlesskit } = await ensurePrograms(['rootlesskit']);
  const runtimeFolder = join(folder, 'run');
  await mkdir(runtimeFolder, { recursive: true, mode: 0o700 });
  return {
    file: rootlesskit.path,
    args: ['--copy-up=/etc', '--pidns', buildkitd, '--config', config],
    env: { ...WHOLE_LOGS, XDG_RUNTIME_DIR: runtimeFolder },
  };
}

const workers = z.array(z.object({ labels: z.record(z.string(), z.string()) }));

async function readSnapshotter(buildctl: string, address: string): Promise<string> {
  const args = ['--addr', address, 'debug', 'workers', '--format', '{{json .}}'];
  const result = await execa(buildctl, args, {
    reject: false,
    timeout: 5_000,
    // Not all of it: told of a receiver of traces, it would send its own there, and wait.
    ...{ env: serviceEnvironment(process.env), extendEnv: false },
  });
  const parsed = result.exitCode === 0 ? workers.safeParse(JSON.parse(result.stdout)) : undefined;
  const snapshotter = parsed?.data?.[0]?.labels['org.mobyproject.buildkit.worker.snapshotter'];
  if (snapshotter === undefined) {
    throw new KilnError('service_start_failed', { message: `BuildKit has no worker: ${result.stderr}` });
  }
  return snapshotter;
}
