import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { Runtime, Worker } from '@temporalio/worker';
import { createControlActivities } from '../../activities/control-activities.js';
import { vaultWithHelpers } from '../adapters/credential-helpers/with-helpers.js';
import { createAttestActivities } from '../../activities/attest-activities.js';
import { createExploreActivities, createInspectActivities } from '../../activities/explore-activities.js';
import { CONTROL_TASK_QUEUE, EXPLORE_TASK_QUEUE, INSPECT_TASK_QUEUE } from '../../workflows/contract.js';
import { createSealer } from '../adapters/keyring/sealer.js';
import { createAttestationRegistry } from '../adapters/registry/attestation-registry.js';
import { createImageRegistry } from '../adapters/registry/image-registry.js';
import { cryptography } from '../adapters/signing/cryptography.js';
import { readSigningKey } from '../adapters/signing/signing-key-file.js';
import { openTransport } from '../adapters/registry/transport.js';
import { connectionOptions } from '../adapters/temporal/connection-options.js';
import { createBuildWorkflows } from '../adapters/temporal/build-workflows.js';
import { createScheduleBells } from '../adapters/temporal/schedule-bells.js';
import { createBuildPruneWorkflows, createPruneWorkflows } from '../adapters/temporal/prune-workflows.js';
import { loadControllerConfig } from '../config.js';
import { createCheckBaseImages } from '../controller/check-base-images.js';
import { createAttestBuild } from '../controller/attest-build.js';
import { createKeptSboms } from '../controller/kept-sboms.js';
import { createCleanUp } from '../controller/clean-up.js';
import { createTidyUp } from '../controller/tidy-publications.js';
import { createPassGate } from '../controller/pass-gate.js';
import { createRecogniseBase } from '../controller/recognise-base.js';
import { createCleanUpLookedInto } from '../controller/clean-up-looked-into.js';
import { createExploreImage } from '../controller/explore-image.js';
import { createArtifacts } from '../controller/artifacts.js';
import { createArtifactRows } from '../storage/artifacts/artifact-rows.js';
import { openContents } from '../adapters/blobs/open-contents.js';
import { createInspectInUse } from '../controller/inspect-in-use.js';
import { createImagesInUse } from '../storage/sboms/images-in-use.js';
import { createInspectStaged } from '../controller/inspect-staged.js';
import { removeLeftFolders } from '../adapters/inspection/own-folder.js';
import { createScans } from '../storage/sboms/scans.js';
import { createSboms } from '../storage/sboms/sboms.js';
import { createFindScanner, sbomTrouble, scannerPath } from './inspection-programs.js';
import { openInspector } from './open-inspector.js';
import { openChangeFeed } from '../storage/change-feed.js';
import { openDatabase } from '../storage/database.js';
import { createImageMoves } from '../storage/base-images/image-moves.js';
import { createImageRounds } from '../storage/base-images/image-rounds.js';
import { createAudit } from '../storage/dispatch/audit.js';
import { createDispatcher } from '../storage/dispatch/dispatcher.js';
import { createStagingTags } from '../storage/dispatch/staging-tags.js';
import { createOutbox } from '../storage/dispatch/outbox.js';
import { createRecorder, createTagRepairs } from '../storage/builds/recorder.js';
import { createExplorations } from '../storage/images/explorations.js';
import type { Owner } from '../ports/dispatch.js';
import { createServiceLoadReader } from '../storage/dispatch/service-load.js';
import { createGatekeeper } from '../storage/gates/gatekeeper.js';
import { createAttestations } from '../storage/provenance/attestations.js';
import { createLeftPublications } from '../storage/retention/left-publications.js';
import { createRollUp } from '../storage/stats/roll-up.js';
import { createBuildPruner } from '../storage/build-retention/build-pruner.js';
import { createPruner } from '../storage/retention/pruner.js';
import { createHiddenValues } from '../storage/secrets/hidden-values.js';
import { createScheduleClock } from '../storage/schedules/schedule-clock.js';
import { createDueNotifications } from '../storage/notifications/due-notifications.js';
import { createDueDeliveries } from '../storage/webhooks/due-deliveries.js';
import { createSecretVault } from '../storage/secrets/secret-vault.js';
import { openLog } from '../telemetry/open-log.js';
import { metricsPage } from '../telemetry/metrics.js';
import { actForTenants } from './acting-for-tenants.js';
import { openControllerMetrics } from './controller-metrics.js';
import { startControllerLoops } from './controller-loops.js';
import { openNotifier } from './open-notifier.js';
import { createExploreManifest } from './explore-manifest.js';
import { openTraces } from './open-traces.js';
import { openReconciliation } from './reconciliation.js';
import { startHealthServer } from './health.js';
import { announceOwnKeyring } from './announce-keyring.js';
import { transportOptions } from '../adapters/registry/transport-options.js';
import { runProcess } from './run-process.js';
import { aborted, stoppingSignal } from './stopping.js';
import { temporalLogger } from './temporal-logger.js';
import { readVersion } from './version.js';
import { connectPatiently } from './temporal-connection.js';

const BUNDLE = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));
const SHUTDOWN_GRACE_MS = 5_000;
/** Tags and manifests only, under the time of a control step: patience is the workflow's, which repeats. */
const REGISTRY_LIMITS = { answerTimeoutMs: 8_000, attempts: 2, maxAskedPauseMs: 3_000 };
/** Of a look that the next round repeats: a registry that wants to be left alone is. */
const ONE_TRY = { answerTimeoutMs: 8_000, attempts: 1 };

/** The controller: build workflows and their control steps, the outbox relay and lease expiry. */
async function main(): Promise<void> {
  const stopping = stoppingSignal();
  const config = loadControllerConfig();
  const { log, metrics } = openLog('controller', config);
  // Its own shutdown at a signal would come before ours, and before any drain.
  Runtime.install({ logger: temporalLogger(log), shutdownSignals: [] });
  const health = await startHealthServer({ host: config.host, port: config.port }, () =>
    metricsPage(metrics),
  );

  const url = config.controllerDatabaseUrl;
  const database = openDatabase({
    url,
    applicationName: 'kiln controller',
    onIdleError: (error) => log.warn({ error }, 'a connection to PostgreSQL broke'),
  });
  const feed = openChangeFeed({ url });
  const controllerMetrics = openControllerMetrics(metrics, createServiceLoadReader(database, config), log);
  const dispatchOptions = {
    leaseTtlMs: config.leaseTtlMs,
    ackTtlMs: config.ackTtlMs,
    workerSilenceMs: config.workerSilenceMs,
    onStart: controllerMetrics.countStart,
    onEnd: controllerMetrics.countEnded,
    quarantineMs: config.quarantineSeconds * 1000,
  };
  const connection = Connection.lazy(connectionOptions(config.temporalAddress));
  const client = new Client({ connection, namespace: config.temporalNamespace });
  const workflows = createBuildWorkflows(client);
  const dispatcher = createDispatcher(database, {
    ...dispatchOptions,
    // Where that fails the outbox rings.
    ring: (buildIds) => {
      for (const buildId of buildIds) workflows.signalLeaseGranted(buildId).catch(() => undefined);
    },
  });
  const transport = openTransport(transportOptions(config));
  const sealer = createSealer(config.keyringFile ?? null);
  const vault = vaultWithHelpers(createSecretVault(database, sealer), config.credentialHelpers);
  const optionsFor = ({ tenantId, projectId }: Owner) => ({
    transport,
    credentials: (host: string) => vault.registryCredential(tenantId, projectId, host),
    limits: REGISTRY_LIMITS,
  });
  const registryFor = (owner: Owner) => createImageRegistry(optionsFor(owner));
  const recorder = createRecorder(database, { onEnd: controllerMetrics.countEnded });
  const publications = createLeftPublications(database);
  const tidyUp = createTidyUp({ publications, registryFor, log });
  const cleanUp = createCleanUp({ dispatcher, registryFor, tidyUp });
  const gates = createGatekeeper(database, dispatchOptions);
  const pruner = createPruner(database);
  const buildPruner = createBuildPruner(database, { installationLogDays: config.logDays ?? null });
  const explorations = createExplorations(database);
  const artifactRows = createArtifactRows(database);
  const sboms = createSboms(database);
  const scans = createScans(database);
  const scannerSearch = { scanner: config.scanner, searchPath: process.env['PATH'] };
  const findScanner = createFindScanner({
    ...scannerSearch,
    database: config.scannerDatabase,
    userCache: process.env['XDG_CACHE_HOME'],
  });
  const files = await openContents(config);
  const artifacts = createArtifacts({ rows: artifactRows, files });
  const attestations = createAttestations(database);
  const hiddenFor = createHiddenValues(database, sealer);
  const inspector = openInspector({
    ...{ config, database, transport, vault, hiddenFor },
    ...{ artifacts, sboms, scans, attestations, findScanner },
  });
  const exploreManifest = createExploreManifest({
    transport: transportOptions(config),
    credential: ({ tenantId, projectId }, host) => vault.registryCredential(tenantId, projectId, host),
  });
  await removeLeftFolders();
  const passGate = createPassGate({ gates, registryFor, scans });
  const recogniseBase = createRecogniseBase({ explorations, registryFor });
  const { signingKey } = config;
  const signer = async () => (signingKey === undefined ? null : readSigningKey(signingKey));
  const attestBuild = createAttestBuild({
    attestations,
    recogniseBase,
    registryFor: (owner) => createAttestationRegistry(optionsFor(owner)),
    sbomsOf: createKeptSboms({ sboms, artifacts }),
    hiddenFor,
    signer,
    sha256: cryptography.sha256,
    builderId: config.builderId ?? null,
    kilnVersion: readVersion(),
  });
  const clock = createScheduleClock(database);
  const acting = actForTenants({ url, log, workflows, clock, files, sealer, registries: transport, config });
  const stopLoops = startControllerLoops({
    ...{ clock, bells: createScheduleBells(client) },
    deliveries: createDueDeliveries(database),
    startDelivery: acting.startDelivery,
    reconciliation: openReconciliation(config, database, vault),
    ...{ notifications: createDueNotifications(database, sealer), notifier: openNotifier(config) },
    pauseFactor: config.notificationPauseFactor,
    imageMoves: createImageMoves(database),
    ...{ rebuild: acting.rebuildOnBase, maxFailures: config.baseImageFailures },
    attestations,
    explorations,
    artifacts: artifactRows,
    signer,
    ...{ scans, findScanner },
    seeScanner: () => scannerPath(scannerSearch),
    sbomTrouble: () => sbomTrouble(config.syftPath, process.env['PATH']),
    dispatcher,
    recorder,
    outbox: createOutbox(database, { ackTtlMs: config.ackTtlMs }),
    audit: createAudit(database),
    ...{ cleanUp, publications, tidyUp },
    tags: createTagRepairs(database),
    staging: createStagingTags(database),
    registryFor,
    workflows,
    ...{ pruner, buildPruner },
    rollUp: createRollUp(database),
    pruneWorkflows: createPruneWorkflows(client),
    buildPruneWorkflows: createBuildPruneWorkflows(client),
    feed,
    metrics: controllerMetrics,
    log,
  });

  const traces = await openTraces(config, { database, feed, metrics: controllerMetrics, log });
  const stopAnnouncing = await announceOwnKeyring(config, sealer, { url, process: 'controller', log });

  const native = await connectPatiently(config.temporalAddress, stopping, (text) => log.warn(text));
  if (native !== null) {
    const worker = await Worker.create({
      connection: native,
      namespace: config.temporalNamespace,
      taskQueue: CONTROL_TASK_QUEUE,
      workflowBundle: { codePath: BUNDLE },
      activities: {
        ...createControlActivities({
          ...{ dispatcher, recorder, registryFor, passGate, pruner, buildPruner, cleanUp },
          runTick: acting.runTick,
          checkBaseImages: createCheckBaseImages({
            rounds: createImageRounds(database),
            registryFor: (owner) => createImageRegistry({ ...optionsFor(owner), limits: ONE_TRY }),
          }),
          tagTries: config.tagTries,
        }),
        ...createAttestActivities({ attestBuild, attestations }),
      },
      stickyQueueScheduleToStartTimeout: '2s',
      shutdownGraceTime: SHUTDOWN_GRACE_MS,
    });
    const explorer = await Worker.create({
      connection: native,
      namespace: config.temporalNamespace,
      taskQueue: EXPLORE_TASK_QUEUE,
      // Else a beat in eight tenths of the limit is all that Temporal hears of.
      ...{ maxHeartbeatThrottleInterval: '2s', defaultHeartbeatThrottleInterval: '2s' },
      activities: createExploreActivities({
        exploreImage: createExploreImage({
          explorations,
          recogniseBase,
          exploreManifest,
        }),
        giveUp: explorations.giveUp,
        inspectImage: inspector.inspectImage,
        giveUpInspecting: inspector.giveUp,
        lookedInto: createCleanUpLookedInto({ dispatcher, cleanUp }),
        inspectInUse: createInspectInUse({
          images: createImagesInUse(database),
          ...{ sboms, scans, findScanner, inspector },
        }),
      }),
      maxConcurrentActivityTaskExecutions: 1,
      shutdownGraceTime: 0,
      shutdownForceTime: SHUTDOWN_GRACE_MS,
    });
    const inspections = await Worker.create({
      connection: native,
      namespace: config.temporalNamespace,
      taskQueue: INSPECT_TASK_QUEUE,
      activities: createInspectActivities({
        inspectStaged: createInspectStaged({ gates, inspector, exploreManifest }),
      }),
      maxConcurrentActivityTaskExecutions: 1,
      shutdownGraceTime: 0,
      shutdownForceTime: SHUTDOWN_GRACE_MS,
    });
    log.info({ port: config.port }, 'controller is ready');
    void aborted(stopping).then(() => {
      worker.shutdown();
      explorer.shutdown();
      inspections.shutdown();
    });
    // What it leaves undone when it is stopped, the next controller does again.
    const beside = [explorer, inspections].map((one) =>
      one.run().catch((error: unknown) => {
        if (!stopping.aborted) throw error;
      }),
    );
    await Promise.all([worker.run(), ...beside]);
    await native.close();
  }
  await stopLoops();
  await traces.stop();
  await stopAnnouncing();
  await feed.close();
  await acting.close();
  await database.destroy();
  await health.close();
}

await runProcess(main);
