import { Runtime, Worker } from '@temporalio/worker';
import { createWorkerActivities } from '../../activities/worker-activities.js';
import { workerTaskQueue } from '../../workflows/contract.js';
import { createImageRegistry } from '../adapters/registry/image-registry.js';
import { openTransport } from '../adapters/registry/transport.js';
import { knownCredentials } from '../adapters/registry/known-credentials.js';
import { createSupervisorClient } from '../adapters/supervisor/client.js';
import { loadWorkerConfig } from '../config.js';
import { openLog } from '../telemetry/open-log.js';
import { metricsPage } from '../telemetry/metrics.js';
import { startHealthServer } from './health.js';
import { transportOptions } from '../adapters/registry/transport-options.js';
import { pollWhileAdmitted } from './poll-while-admitted.js';
import { runProcess } from './run-process.js';
import { aborted, stoppingSignal } from './stopping.js';
import { temporalLogger } from './temporal-logger.js';
import { connectPatiently } from './temporal-connection.js';

/** The worker of one host: polls Temporal and attaches to the runs that the host's supervisor owns. */
async function main(): Promise<void> {
  const stopping = stoppingSignal();
  const config = loadWorkerConfig();
  const { log, metrics } = openLog('worker', config);
  // Its own shutdown at a signal would come before ours, and before any drain.
  Runtime.install({ logger: temporalLogger(log), shutdownSignals: [] });
  const health = await startHealthServer({ host: config.host, port: config.port }, () =>
    metricsPage(metrics),
  );

  const supervisor = createSupervisorClient({ socketPath: config.supervisorSocket });
  const transport = openTransport(transportOptions(config));
  const native = await connectPatiently(config.temporalAddress, stopping, (text) => log.warn(text));
  if (native !== null) {
    const openPoller = async (): Promise<Worker> => {
      const worker = await Worker.create({
        connection: native,
        namespace: config.temporalNamespace,
        taskQueue: workerTaskQueue(config.workerId),
        activities: createWorkerActivities({
          supervisor,
          registryFor: ({ credentials, onWait }) =>
            createImageRegistry({
              transport,
              credentials: async (host) => knownCredentials(await credentials())(host),
              onWait: ({ reason, delayMs }) => onWait(`${reason} It is asked again in ${waitText(delayMs)}.`),
            }),
        }),
        // A slot more than the host offers, so that a re-attached run never waits behind its own dead try.
        maxConcurrentActivityTaskExecutions: config.slots * 2 + 2,
        maxHeartbeatThrottleInterval: '500ms',
        defaultHeartbeatThrottleInterval: '500ms',
        // A stopped worker drops its activities at once: the runs go on under the supervisor and are attached again.
        shutdownGraceTime: 0,
        shutdownForceTime: '2s',
      });
      log.info({ worker_id: config.workerId }, 'worker is ready');
      return worker;
    };
    const over = new AbortController();
    const attached = supervisor.attach(over.signal);
    void aborted(stopping).then(async () => {
      if (config.drainSeconds > 0) await supervisor.drain(config.drainSeconds * 1000);
      over.abort();
    });
    const onRefused = (): void =>
      log.error(
        'another host speaks as this worker: no task is asked for. The log of the supervisor says what to do.',
      );
    await pollWhileAdmitted(supervisor, { open: openPoller, onRefused }, over.signal)
      .catch((error: unknown) => {
        if (!stopping.aborted) throw error;
      })
      .finally(() => over.abort());
    await attached;
    await native.close().catch(() => undefined);
  }
  await health.close();
}

function waitText(delayMs: number): string {
  return delayMs < 1000 ? 'a moment' : `${Math.round(delayMs / 1000)} s`;
}

await runProcess(main);
