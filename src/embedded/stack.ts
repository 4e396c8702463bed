import { loadRegistryConfig, refuseInvalidSettings } from '../config.js';
import { refuseHalfRestored } from './backup/restore-marker.js';
import type { KeepReport, KeptService } from './keep-alive.js';
import { keepAlive } from './keep-alive.js';
import { type KilnProcessName, startKilnProcess } from './kiln-process.js';
import { buildkitKey } from '../domain/builds/buildkit-key.js';
import { DEFAULT_TRUST } from '../domain/builds/trust.js';
import type { BuildMethod } from '../domain/builds/method.js';
import { METHOD_NAMES } from '../engines/methods.js';
import { lintProgram } from './lint-program.js';
import { sbomProgram } from './sbom-program.js';
import { methodPrograms } from './method-programs.js';
import { tellRunnerTrouble } from './runner-trouble.js';
import { ensurePrograms, type ProgramOptions, type ProgramProgress } from './programs.js';
import { openBuildkits } from './buildkits/open-buildkits.js';
import type { BuildkitOptions } from './services/buildkit.js';
import { buildkitRoot } from './services/buildkit-root.js';
import { egressOf } from './services/egress-firewall.js';
import { type RunningPostgres, startPostgres } from './services/postgres.js';
import { type RunningRegistry, startRegistry } from './services/registry.js';
import type { RunningService } from './services/service.js';
import { ensureBridgePlugins } from './services/run-network.js';
import { type RunningTemporal, startTemporal } from './services/temporal.js';
import { prepareInstallation, type Installation } from './installation.js';
import { claimStateFolder, releaseStateFolder } from './owner.js';
import { removeLeftGroups } from './left-groups.js';
import { type BuilderFacts, builderSettings, processSettings } from './process-settings.js';
import { buildkitRegistries } from './registry-routes.js';
import { socketPath } from './socket-path.js';
import { type CliAccess, writeCliAccess } from './state.js';

export interface StackOptions {
  readonly stateFolder: string;
  /** Slots of the local worker. */
  readonly slots: number;
  /** Wanted port of the api; a free one, kept across starts, when absent. */
  readonly apiPort?: number;
  /** Methods whose programs are installed when they are missing; all when absent. The others are offered where they are there. */
  readonly methods?: readonly BuildMethod[];
  /** Settings (KILN_*) handed to every process on top of the stack's own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Of all BuildKits of this stack together. */
  readonly buildCache?: Pick<BuildkitOptions, 'maxCacheBytes' | 'diskReserveBytes'>;
  /** Without a build for so long, the BuildKit of a tenant other than the first is stopped. */
  readonly buildkitIdleMs?: number;
  readonly onProgress?: (progress: StackProgress) => void;
  readonly report: KeepReport;
}

export type StackProgress =
  | ({ readonly kind: 'program' } & ProgramProgress)
  | {
      readonly kind: 'service';
      readonly name: string;
      readonly phase: 'starting' | 'ready';
      readonly text: string;
    };

/** The whole of Kiln on one machine: four services and four processes, each kept alive. */
export interface Stack {
  readonly access: CliAccess;
  /** The pid of each process now, by name. */
  pids(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/** What every Kiln of one machine needs. */
export const STACK_PROGRAMS = ['postgres', 'temporal', 'registry', 'buildkitd', 'buildctl', 'runc'] as const;

/**
 * Obtains the programs, starts PostgreSQL, Temporal and registry at once, prepares database and namespace, starts the BuildKit of the first
 * tenant, api and controller at once, then supervisor and worker. What was started is stopped again when a later part fails. Throws `already_serving` when another
 * Kiln serves from the state folder, and `config_invalid` for settings that a process would refuse.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { stateFolder, report } = options;
  // Kiln's processes have the environment of this one, and so its proxies.
  refuseInvalidSettings(options.settings ?? {}, process.env);
  const routes = loadRegistryConfig(options.settings ?? {});
  const { KILN_INSECURE_REGISTRIES: _inRoutes, ...passedOn } = options.settings ?? {};
  const context = { stateFolder, log: report };
  /** In the order in which their starts began; each is stopped before those that it needs. */
  const begun: Promise<KeptService<RunningService>>[] = [];
  const add = async <S extends RunningService>(
    name: string,
    begin: () => Promise<KeptService<S>>,
  ): Promise<KeptService<S>> => {
    options.onProgress?.({ kind: 'service', name, phase: 'starting', text: name });
    const starting = begin();
    begun.push(starting);
    const service = await starting;
    const ports = Object.values(service.current().ports).join(', ');
    options.onProgress?.({
      kind: 'service',
      name,
      phase: 'ready',
      text: ports === '' ? '' : `port ${ports}`,
    });
    return service;
  };
  const keep = <S extends RunningService>(name: string, start: (previous: S | null) => Promise<S>) =>
    add(name, () => keepAlive(start, report));
  const stop = async (): Promise<void> => {
    for (const starting of [...begun].reverse()) await (await starting.catch(() => null))?.stop();
    await removeLeftGroups(stateFolder);
    await releaseStateFolder(stateFolder);
  };

  await claimStateFolder(stateFolder);
  try {
    await refuseHalfRestored(stateFolder);
    const programOptions: ProgramOptions = {
      onProgress: (progress) => options.onProgress?.({ kind: 'program', ...progress }),
    };
    const [needed, cni, ofMethods, hadolint, syft] = await Promise.all([
      ensurePrograms(STACK_PROGRAMS, programOptions),
      ensureBridgePlugins(programOptions, report),
      methodPrograms(options.methods ?? METHOD_NAMES, programOptions, report),
      lintProgram(programOptions, report),
      sbomProgram(programOptions, report),
    ]);
    const programs = {
      ...{ ...needed, ...ofMethods },
      ...{ ...(cni && { cni }), ...(hadolint && { hadolint }), ...(syft && { syft }) },
    };
    await tellRunnerTrouble(options.settings ?? {}, programs.busybox?.path, report);
    // Who asks for a bridge gets one or an error, never the network of the host under its name.
    const askedNetwork = options.settings?.['KILN_BUILD_NETWORK'] === 'bridge' ? 'bridge' : undefined;
    const [postgres, temporal, registry] = await Promise.all([
      keep('PostgreSQL', (was: RunningPostgres | null) =>
        startPostgres({ ...context, programs, ...(was && { port: was.ports.sql }) }),
      ),
      keep('Temporal', (was: RunningTemporal | null) =>
        startTemporal({ ...context, programs, ...(was && { port: was.ports.grpc, uiPort: was.ports.ui }) }),
      ),
      keep('Registry', (was: RunningRegistry | null) =>
        startRegistry({ ...context, programs, ...(was && { port: was.ports.http }) }),
      ),
    ]);
    const installation: Installation = await prepareInstallation({
      stateFolder,
      slots: options.slots,
      postgres: postgres.current().connection,
      temporal: temporal.current(),
      registryAddress: registry.current().address,
      programs,
    });
    const firstKey = buildkitKey({ ...installation, trust: DEFAULT_TRUST });
    const allowsHostNetwork = hostNetworkAllowed(options.settings ?? {});
    const buildkitsSocket = await socketPath({ folder: stateFolder, name: 'buildkits.sock' }, stateFolder);
    const run = (name: KilnProcessName, settings: Readonly<Record<string, string>>, wanted?: number) =>
      keep(name, (was: RunningService<'http'> | null) =>
        startKilnProcess(context, name, { ...settings, ...passedOn }, was?.ports.http ?? wanted),
      );
    const settings = await processSettings(stateFolder, installation, routes.insecureRegistries);
    const [buildkits, api] = await Promise.all([
      add('BuildKit', () =>
        openBuildkits({
          stateFolder,
          firstKey,
          slots: options.slots,
          socketPath: buildkitsSocket,
          allowsHostNetwork,
          ...(options.buildkitIdleMs !== undefined && { idleMs: options.buildkitIdleMs }),
          ...(askedNetwork !== undefined && { network: askedNetwork }),
          all: {
            log: report,
            programs,
            registries: buildkitRegistries(routes, registry.current().address),
            ownRegistry: registry.current().address,
            ...options.buildCache,
            allowedNetworks: (options.settings?.['KILN_ALLOWED_NETWORKS'] ?? '').split(','),
          },
          report,
        }),
      ),
      run('api', settings.api, options.apiPort),
      run('controller', settings.controller),
    ]);
    const { network, isEgressClosed, joinsGroups } = buildkits.current();
    const builders: BuilderFacts = {
      socketPath: buildkitsSocket,
      egressGroupId: isEgressClosed ? egressOf(buildkitRoot(stateFolder, firstKey).folder).groupId : null,
      runNetwork: network === 'bridge' ? 'bridge' : 'none',
      joinsGroups,
      allowsHostNetwork,
    };
    const apiUrl = `http://127.0.0.1:${api.current().ports.http}`;
    await Promise.all([
      run('supervisor', { ...settings.supervisor, ...builderSettings(builders), KILN_API_URL: apiUrl }),
      run('worker', settings.worker),
    ]);

    const access: CliAccess = {
      api_url: apiUrl,
      token: installation.apiToken,
      temporal_ui_url: temporal.current().uiUrl,
      registry: registry.current().address,
      pid: process.pid,
    };
    await writeCliAccess(stateFolder, access);
    const kept = await Promise.all(begun);
    return { access, pids: () => Object.fromEntries(kept.map((s) => [s.name, s.current().pid])), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Who gives RUN steps the network of the host has allowed it too. */
function hostNetworkAllowed(settings: Readonly<Record<string, string>>): boolean {
  return settings['KILN_HOST_NETWORK'] === 'true' || settings['KILN_BUILD_NETWORK'] === 'host';
}
