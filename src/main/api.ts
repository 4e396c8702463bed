import { Client, Connection } from '@temporalio/client';
import { sql } from 'kysely';
import { createContentFiles } from '../adapters/blobs/content-files.js';
import { openBlobStore } from '../adapters/blobs/open-contents.js';
import { freeBytes } from '../adapters/disk/free-bytes.js';
import { archiveEntries } from '../adapters/context/archive-entries.js';
import { createAttestationRegistry } from '../adapters/registry/attestation-registry.js';
import { createImageRegistry } from '../adapters/registry/image-registry.js';
import { createRegistryProbe } from '../adapters/registry/probe.js';
import { cryptography } from '../adapters/signing/cryptography.js';
import { connectionOptions } from '../adapters/temporal/connection-options.js';
import { createBaseImageChecks } from '../adapters/temporal/base-image-checks.js';
import { createBuildWorkflows } from '../adapters/temporal/build-workflows.js';
import { createBuildPruneWorkflows, createPruneWorkflows } from '../adapters/temporal/prune-workflows.js';
import { createApp } from '../api/app.js';
import { startBeat } from '../api/beat.js';
import { startExpiry } from '../api/contexts/start-expiry.js';
import { DEFAULT_LIMITS } from '../api/deps.js';
import { serve } from '../api/serve.js';
import { loadApiConfig } from '../config.js';
import { createBaseImageStore } from '../storage/base-images/base-image-store.js';
import { createImageStore } from '../storage/images/image-store.js';
import { createInspectionStore } from '../storage/sboms/inspection-store.js';
import { createLogReader } from '../storage/builds/log-reader.js';
import { openChangeFeed } from '../storage/change-feed.js';
import { openDatabase } from '../storage/database.js';
import { createQueueStore } from '../storage/dispatch/queue-store.js';
import { createStatsStore } from '../storage/stats/stats-store.js';
import { createTenantStore } from '../storage/identity/tenant-store.js';
import { createWeightStore } from '../storage/limits/tenant-weights.js';
import { createLeaseGate } from '../storage/dispatch/lease-gate.js';
import { createVerificationStore } from '../storage/provenance/verification-store.js';
import { createBuildRetentionStore } from '../storage/build-retention/build-retention-store.js';
import { createPruneStore } from '../storage/retention/prune-store.js';
import { createGateStore } from '../storage/gates/gate-store.js';
import { createSealer } from '../adapters/keyring/sealer.js';
import { createCredentialStore } from '../storage/secrets/credential-store.js';
import { createGivenSecrets } from '../storage/secrets/given-secrets.js';
import { createHiddenValues } from '../storage/secrets/hidden-values.js';
import { createLeaseSecrets } from '../storage/secrets/lease-secrets.js';
import { createTokenStore } from '../storage/identity/token-store.js';
import { createApiEvents } from '../telemetry/events.js';
import { checkReceiver } from '../domain/notifications/check-receiver.js';
import { createBadgeStore } from '../storage/identity/badge-store.js';
import { createNotificationStore } from '../storage/notifications/notification-store.js';
import { createNotificationTargetStore } from '../storage/notifications/target-store.js';
import { createDeliveryStore } from '../storage/webhooks/delivery-store.js';
import { createWebhookIntake } from '../storage/webhooks/intake.js';
import { createWebhookStore } from '../storage/webhooks/webhook-store.js';
import { webhookReader } from '../adapters/webhooks/reader.js';
import { createWorkerStore } from '../storage/workers/worker-store.js';
import { createScheduleStore } from '../storage/schedules/schedule-store.js';
import { createSecretVault } from '../storage/secrets/secret-vault.js';
import { openLog } from '../telemetry/open-log.js';
import { createApiMetrics, metricsPage } from '../telemetry/metrics.js';
import { hideValuesOfBases } from './hide-values-of-bases.js';
import { openAcceptance } from './acceptance.js';
import { announceOwnKeyring } from './announce-keyring.js';
import { openTransport } from '../adapters/registry/transport.js';
import { transportOptions } from '../adapters/registry/transport-options.js';
import { createImageFiles } from './image-files.js';
import { runProcess } from './run-process.js';
import { aborted, stoppingSignal } from './stopping.js';
import { readVersion, webFolder } from './version.js';

const SHUTDOWN_GRACE_MS = 8_000;
const HOUR_MS = 60 * 60_000;
/** Somebody waits for the answer. */
const REGISTRY_LIMITS = { answerTimeoutMs: 8_000, attempts: 2, maxAskedPauseMs: 3_000 };

/** The api: it starts and answers whether PostgreSQL and Temporal do or not; /readyz says which is missing. */
async function main(): Promise<void> {
  const stopping = stoppingSignal();
  const config = loadApiConfig();
  const { log, metrics: registry } = openLog('api', config);
  const events = createApiEvents(log, createApiMetrics(registry));

  const url = config.databaseUrl;
  const database = openDatabase({
    url,
    poolSize: 20,
    applicationName: 'kiln api',
    onIdleError: (error) => log.warn({ error }, 'a connection to PostgreSQL broke'),
  });
  const changes = openChangeFeed({ url });
  const sealer = createSealer(config.keyringFile ?? null);
  const givenSecrets = createGivenSecrets(database, createHiddenValues(database, sealer));
  const leases = hideValuesOfBases(createLeaseGate(database, config), (tenantId, digests) =>
    givenSecrets.ofImages(tenantId, digests),
  );
  const connection = Connection.lazy(connectionOptions(config.temporalAddress));
  const client = new Client({ connection, namespace: config.temporalNamespace });
  const workflows = createBuildWorkflows(client);

  const store = await openBlobStore(config);
  const files = createContentFiles(config.dataDir, store);
  const registries = openTransport(transportOptions(config));
  const vault = createSecretVault(database, sealer);
  const acceptance = openAcceptance({ database, files, sealer, registries, config });
  const app = createApp({
    ...acceptance,
    tokens: createTokenStore(database),
    gates: createGateStore(database),
    images: createImageStore(database),
    inspections: createInspectionStore(database),
    imageFiles: createImageFiles(),
    prunes: createPruneStore(database),
    buildRetention: createBuildRetentionStore(database, { installationLogDays: config.logDays ?? null }),
    buildPruneWorkflows: createBuildPruneWorkflows(client),
    pruneWorkflows: createPruneWorkflows(client),
    baseImages: createBaseImageStore(database),
    baseImageChecks: createBaseImageChecks(client),
    logs: createLogReader(database),
    changes,
    leases,
    credentials: createCredentialStore(database, sealer),
    leaseSecrets: createLeaseSecrets(database, sealer, config.registryMirrors),
    readArchive: archiveEntries,
    vault,
    probeRegistry: createRegistryProbe(transportOptions(config)),
    verifications: createVerificationStore(database),
    registryFor: ({ tenantId, projectId }) => {
      const options = {
        transport: registries,
        credentials: (host: string) => vault.registryCredential(tenantId, projectId, host),
        limits: REGISTRY_LIMITS,
      };
      return { ...createImageRegistry(options), ...createAttestationRegistry(options) };
    },
    cryptography,
    workflows,
    events,
    probes: {
      postgresql: async () => void (await sql`SELECT 1`.execute(database)),
      temporal: () => workflows.ping(),
      ...(config.blobsUrl !== undefined && { bucket: () => store.check() }),
    },
    metricsPage: () => metricsPage(registry),
    limits: DEFAULT_LIMITS,
    queue: createQueueStore(database),
    trustTenants: config.trustTenants,
    schedules: createScheduleStore(database),
    workers: createWorkerStore(database, config),
    operatorTenants: config.operatorTenants,
    weights: createWeightStore(database),
    stats: createStatsStore(database),
    tenants: createTenantStore(database),
    notificationTargets: createNotificationTargetStore(database, sealer),
    notifications: createNotificationStore(database),
    badges: createBadgeStore(database),
    checkReceiver: (kind, url) => checkReceiver(kind, url, config),
    webhooks: createWebhookStore(database, sealer),
    deliveries: createDeliveryStore(database),
    webhookIntake: createWebhookIntake(database, sealer),
    webhookReader,
    version: readVersion(),
    temporal: { namespace: config.temporalNamespace, uiUrl: config.temporalUiUrl ?? null },
    webFolder: webFolder(),
    closing: stopping,
  });
  const stopAnnouncing = await announceOwnKeyring(config, sealer, { url, process: 'api', log });
  const server = await serve(app, config.host, config.port);
  const stopBeat = startBeat(leases, (error) => events.beatMissed({ error }));
  const stopExpiry = startExpiry(acceptance, {
    keepMs: config.uploadKeepHours * HOUR_MS,
    reserveBytes: config.diskReserveBytes,
    // Contents of a bucket take no room here.
    freeBytes: () => (config.blobsUrl === undefined ? freeBytes(config.dataDir) : Promise.resolve(null)),
    expired: (count) => log.info({ contents: count }, 'looked for contents that nothing needs any more'),
    relieved: (count) =>
      log.warn({ contents: count }, 'the disk is short of its reserve: contents went before their time'),
    failed: (error) => log.warn({ error }, 'contents could not be looked through; it is done again later'),
  });
  log.info({ host: config.host, port: server.port }, 'api is ready');

  await aborted(stopping);
  log.info({}, 'api is going down');
  await server.close(SHUTDOWN_GRACE_MS);
  stopBeat();
  await stopExpiry();
  await stopAnnouncing();
  await changes.close();
  await database.destroy();
}

await runProcess(main);
