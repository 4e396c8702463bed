import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { createControlActivities } from '../../activities/control-activities.js';
import { CONTROL_TASK_QUEUE } from '../../workflows/contract.js';
import { createImageRegistry } from '../adapters/registry/image-registry.js';
import { createBuildWorkflows } from '../adapters/temporal/build-workflows.js';
import { loadControllerConfig } from '../config.js';
import { startExpiry } from '../controller/expiry.js';
import { startRelay } from '../controller/relay.js';
import { openChangeFeed } from '../storage/change-feed.js';
import { openDatabase } from '../storage/database.js';
import { createDispatcher } from '../storage/dispatch/dispatcher.js';
import { createOutbox } from '../storage/dispatch/outbox.js';
import { createRecorder } from '../storage/builds/recorder.js';
import { createLogger } from '../telemetry/logger.js';
import { createRegistry, metricsPage } from '../telemetry/metrics.js';
import { startHealthServer } from './health.js';
import { runProcess } from './run-process.js';
import { aborted, stoppingSignal } from './stopping.js';
import { connectPatiently } from './temporal-connection.js';

const BUNDLE = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));
const SHUTDOWN_GRACE_MS = 5_000;

/** The controller: build workflows and their control steps, the outbox relay and lease expiry. */
async function main(): Promise<void> {
  const stopping = stoppingSignal();
  const config = loadControllerConfig();
  const log = createLogger({ process: 'controller', level: config.logLevel });
  for (const warning of config.warnings) log.warn(warning);
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const metrics = createRegistry();
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
  const dispatcher = createDispatcher(database, {
    leaseTtlMs: config.leaseTtlMs,
    ackTtlMs: config.ackTtlMs,
    workerSilenceMs: config.workerSilenceMs,
  });
  const registry = createImageRegistry({ insecureHosts: config.insecureRegistries });
  const connection = Connection.lazy({ address: config.temporalAddress });
  const client = new Client({ connection, namespace: config.temporalNamespace });
  const relay = startRelay({
    outbox: createOutbox(database, { ackTtlMs: config.ackTtlMs }),
    feed,
    workflows: createBuildWorkflows(client),
    log,
  });
  const expiry = startExpiry({ dispatcher, log, maxWaitMs: 1_000 });
  feed.onPool(() => expiry.ring());

  const native = await connectPatiently(config.temporalAddress, stopping, (text) => log.warn(text));
  if (native !== null) {
    const worker = await Worker.create({
      connection: native,
      namespace: config.temporalNamespace,
      taskQueue: CONTROL_TASK_QUEUE,
      workflowBundle: { codePath: BUNDLE },
      activities: createControlActivities({ dispatcher, recorder: createRecorder(database), registry }),
      stickyQueueScheduleToStartTimeout: '2s',
      shutdownGraceTime: SHUTDOWN_GRACE_MS,
    });
    log.info({ port: config.port }, 'controller is ready');
    void aborted(stopping).then(() => worker.shutdown());
    await worker.run();
    await native.close();
  }
  await Promise.all([relay.stop(), expiry.stop()]);
  await feed.close();
  await database.destroy();
  await health.close();
}

await runProcess(main);
