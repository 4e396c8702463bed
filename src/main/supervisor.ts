import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { takeArtifacts } from '../adapters/artifacts/take-artifacts.js';
import { removeBuildRecords } from '../adapters/buildkit/build-records.js';
import { createRunGroups, groupOfState } from '../adapters/cgroup/run-groups.js';
import { freeBytes } from '../adapters/disk/free-bytes.js';
import { freeInodes } from '../adapters/disk/free-inodes.js';
import { unpackBundle } from '../adapters/context/unpack-bundle.js';
import { withHelpers } from '../adapters/credential-helpers/with-helpers.js';
import { createControlPlaneClient } from '../adapters/control-plane/client.js';
import { removeContainers } from '../adapters/buildah/remove-containers.js';
import { requireBuildah } from '../adapters/methods/require-buildah.js';
import { requireKaniko } from '../adapters/methods/require-kaniko.js';
import { requireLifecycle } from '../adapters/methods/require-lifecycle.js';
import { requirePacker } from '../adapters/methods/require-packer.js';
import { emulatedPlatforms, machinePlatform } from '../embedded/machine-platforms.js';
import { requireGit } from '../adapters/git/require-git.js';
import { createGitFetcher } from '../adapters/git/fetch-git.js';
import { readCertificates } from '../adapters/registry/certificates.js';
import { knownCredentials } from '../adapters/registry/known-credentials.js';
import { createImageRegistry } from '../adapters/registry/image-registry.js';
import { openTransport } from '../adapters/registry/transport.js';
import { loadSupervisorConfig, type SupervisorConfig } from '../config.js';
import type { BuildMethod } from '../domain/builds/method.js';
import { networksOf } from '../domain/builds/run-network.js';
import { NETWORKS_LABEL } from '../domain/dispatch/needs.js';
import { KilnError, toKilnError } from '../domain/errors.js';
import { attributeBuildpackLayers } from '../domain/images/attribute-buildpack-layers.js';
import { attributeLayers } from '../domain/images/attribute-layers.js';
import { clearCaches } from '../engines/buildx/local-caches.js';
import { METHODS, METHOD_NAMES } from '../engines/methods.js';
import { clearLedgers } from '../engines/packer/ledger.js';
import { createStubEngine } from '../engines/stub/engine.js';
import type { Engine, EngineHost } from '../ports/engine.js';
import { BaseSecrets } from '../supervisor/base-secrets.js';
import { readHostId } from '../supervisor/host-id.js';
import { LEFT_OVERS } from '../supervisor/deps.js';
import { createSupervisor } from '../supervisor/supervisor.js';
import { openLog } from '../telemetry/open-log.js';
import { createSupervisorMetrics, metricsPage } from '../telemetry/metrics.js';
import { checkRunDockerfile } from './check-run-dockerfile.js';
import { chooseRunner, notForRunner } from './choose-runner.js';
import { engineHost } from './engine-host.js';
import { findPrograms } from './find-programs.js';
import { gitHostOf } from './git-host.js';
import { lintRunDockerfile } from './lint-run-dockerfile.js';
import { startHealthServer } from './health.js';
import { hostBuildkits } from './host-buildkits.js';
import { judgedToolVersions } from './judged-tool-versions.js';
import { probeBuilder } from './probe-builder.js';
import { transportOptions } from '../adapters/registry/transport-options.js';
import { placeRunSettings, readRunBuildFile } from './read-run-build-file.js';
import { createReadTestReports } from './read-test-reports.js';
import { registryTrouble } from './registry-trouble.js';
import { runnablePlatforms } from './runnable-platforms.js';
import { createToolVersions } from './tool-versions.js';
import { runProcess } from './run-process.js';
import { aborted, stoppingSignal } from './stopping.js';
import { createTakeFromImage } from './take-from-image.js';

type Programs = EngineHost['programs'];

/** What the api has let in is not refused here, unless it is beyond all measure. */
const UPLOAD_LIMITS = { maxBytes: 64 * 1024 ** 3, maxEntries: 1_000_000 };

const GIT_TIMEOUT_MS = 30 * 60_000;

/** Raise why a host does not offer a method. */
const REQUIRED: Readonly<
  Record<BuildMethod, (config: SupervisorConfig, programs: Programs) => Promise<void>>
> = {
  container: ({ buildahPath: buildah = 'buildah', runcPath: runc = 'runc' }, programs) =>
    requireBuildah({ buildah, runc, ...programs }),
  kaniko: (_config, programs) => requireKaniko(programs),
  paketo: (_config, programs) => requireLifecycle(programs),
  packer: (_config, programs) => requirePacker(programs),
};

/** A run is told as over after it. */
const RECORDS_TIMEOUT_MS = 20_000;

async function loadEngines(): Promise<Record<BuildMethod, Engine>> {
  const loaded = METHOD_NAMES.map(async (name) => [name, await METHODS[name]!.engine()] as const);
  return Object.fromEntries(await Promise.all(loaded));
}

/** The supervisor: owns the runs of this host. */
async function main(): Promise<void> {
  const stopping = stoppingSignal();
  const config = loadSupervisorConfig();
  const { log, metrics } = openLog('supervisor', config);
  const { auditRepairs } = createSupervisorMetrics(metrics, {
    freeBytes: () => freeBytes(config.stateDir),
    reserveBytes: config.diskReserveBytes,
  });
  for (const what of LEFT_OVERS) auditRepairs.inc({ what }, 0);

  const engines: Partial<Record<BuildMethod, Engine>> = config.stubEngine
    ? { buildx: createStubEngine() }
    : await loadEngines();
  /** What new builds are taken for; a run that was started goes on whatever is missing now. */
  const offered = { ...engines };
  const programs = await findPrograms(config, process.env['PATH']);
  const { buildctl, hadolint } = programs;
  const buildkits = hostBuildkits(config, buildctl);
  const host = engineHost(config, readCertificates(config.registryCaDir).keys(), programs);
  if (buildctl === undefined && !config.stubEngine) {
    log.warn(
      `${config.buildctlPath ?? 'buildctl'} is no program that can be started: builds of the method buildx will fail. Install buildctl in the PATH of the supervisor or set KILN_BUILDCTL_PATH to it, and start the supervisor again.`,
    );
  }
  if (hadolint === undefined) {
    log.info('no hadolint was found: builds have no warnings of it. Set KILN_HADOLINT_PATH to it.');
  }
  const runner = await chooseRunner(config, programs);
  for (const { method, reason } of notForRunner(config, runner, engines)) {
    log.info({ reason }, `the method ${method} is not offered`);
    delete offered[method];
  }
  await Promise.all(
    Object.entries(REQUIRED).map(async ([method, requirePrograms]) => {
      if (offered[method] === undefined) return;
      await requirePrograms(config, host.programs).catch((error: unknown) => {
        log.info({ reason: toKilnError(error).message }, `the method ${method} is not offered`);
        delete offered[method];
      });
    }),
  );
  const groups = createRunGroups(config.cgroupParent ?? groupOfState(config.stateDir));
  if (groups.trouble !== null)
    log.warn(
      { reason: groups.trouble },
      'memory, CPUs and processes of builds are not limited on this host: run the supervisor as root, or give it a control group with KILN_CGROUP_PARENT',
    );
  const clearPackerRuns = (): Promise<number> => clearLedgers(join(config.stateDir, 'storage', 'packer'));
  if (offered.packer !== undefined) {
    const cleared = await clearPackerRuns();
    if (cleared > 0) log.info({ cleared }, 'what killed runs of packer had left is removed');
  }
  const transport = openTransport(transportOptions(config));
  const probe = probeBuilder(config, buildctl);
  const supervisor = createSupervisor({
    controlPlane: withHelpers(
      createControlPlaneClient({
        url: config.apiUrl,
        workerToken: config.workerToken,
        hostId: await readHostId(config.stateDir),
      }),
      config.credentialHelpers,
    ),
    runner,
    groups,
    machine: { memoryBytes: totalmem(), cpus: availableParallelism() },
    engineFor: (method) => {
      const engine = engines[method];
      if (engine === undefined) {
        throw new KilnError('invalid_request', { message: `This host has no engine for ${method}.` });
      }
      return engine;
    },
    readBuildFile: readRunBuildFile,
    placeSettings: placeRunSettings,
    fetchGit: createGitFetcher(gitHostOf(config), GIT_TIMEOUT_MS),
    registryFor: (known) => createImageRegistry({ transport, credentials: knownCredentials(known) }),
    baseSecrets: new BaseSecrets(machinePlatform()),
    registryMirrors: config.registryMirrors,
    registryTrouble: registryTrouble(transportOptions(config)),
    refuseRegistry: (host) => transport.refuse(host),
    unpackContext: async (bundle, folder, sha256) =>
      void (await unpackBundle(bundle, folder, sha256, UPLOAD_LIMITS)),
    takeArtifacts,
    takeFromImage: createTakeFromImage(transport),
    readTestReports: createReadTestReports(),
    toolVersions: createToolVersions(host.programs, buildkits),
    checkDockerfile: checkRunDockerfile(
      config,
      runnablePlatforms(buildkits, buildctl, config.emulatedPlatforms),
    ),
    ...(hadolint !== undefined && { lintDockerfile: lintRunDockerfile(hadolint) }),
    attributeLayers: (image, steps) =>
      attributeBuildpackLayers(image, steps) ?? attributeLayers(image, steps),
    removeBuildRecords: async ({ method, ...user }) => {
      if (offered.packer !== undefined) await clearPackerRuns();
      if (offered.container !== undefined)
        await removeContainers(
          config.buildahPath ?? 'buildah',
          join(config.stateDir, 'storage', 'container'),
        );
      if (buildkits === null || buildctl === undefined || engines[method]?.needsBuildkit !== true) return;
      const address = await buildkits.open(user, AbortSignal.timeout(RECORDS_TIMEOUT_MS));
      await removeBuildRecords(buildctl, address);
    },
    ...(buildkits !== null && {
      clearCache: async (wanted, signal) => {
        await buildkits.clearCaches(wanted, signal);
        await clearCaches(join(config.stateDir, 'storage', 'buildx'), async () => {
          const free = await freeBytes(config.stateDir);
          return !signal.aborted && free !== null && free < wanted;
        });
      },
    }),
    host,
    buildkits,
    stateFolder: config.stateDir,
    socketPath: config.supervisorSocket,
    offer: {
      slots: config.slots,
      methods: METHOD_NAMES.filter((method) => offered[method] !== undefined),
      zone: config.zone ?? null,
      labels: {
        ...config.labels,
        [NETWORKS_LABEL]: networksOf({
          runNetwork: config.buildNetwork,
          allowsHostNetwork: config.hostNetwork,
        }).join(','),
      },
      worker_type: config.runner,
      platforms: [machinePlatform()],
      emulated_platforms: [...new Set([...(await emulatedPlatforms()), ...config.emulatedPlatforms])].sort(),
      tool_versions: config.stubEngine ? {} : await judgedToolVersions(host.programs),
      accepted_holes: config.acceptedHoles,
    },
    ...(probe !== null && { probeBuilder: probe }),
    log,
    freeBytes,
    onLeftOver: (what, count) => auditRepairs.inc({ what }, count),
    freeInodes,
    limits: { diskReserveBytes: config.diskReserveBytes },
  });
  // Other sources build without it.
  await requireGit(config.gitPath).catch((error: unknown) =>
    log.warn({ error: toKilnError(error).message }, 'sources from git will be refused'),
  );
  await supervisor.start();
  const health = await startHealthServer({ host: config.host, port: config.port }, () =>
    metricsPage(metrics),
  );
  log.info({ socket: config.supervisorSocket }, 'supervisor is ready');

  await aborted(stopping);
  if (config.drainSeconds > 0) {
    log.info({ seconds: config.drainSeconds }, 'no new builds: those that run may end');
    await supervisor.drain(config.drainSeconds * 1000);
  }
  await supervisor.stop();
  await health.close();
}

await runProcess(main);
