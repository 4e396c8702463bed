import type { Logger } from './logger.js';
import type { ApiMetrics } from './metrics.js';

const QUIET = new Set([
  'getHealth',
  'getReadiness',
  'getMetricsPage',
  'heartbeatWorker',
  'renewLease',
  'appendLog',
  'putSteps',
]);

/** One function per event of the api: the counter and the line of the log together. */
export function createApiEvents(logger: Logger, metrics: ApiMetrics) {
  return {
    requestServed(event: {
      requestId: string;
      operation: string;
      method: string;
      path: string;
      status: number;
      durationMs: number;
      buildId: string | null;
    }): void {
      const { operation, status } = event;
      metrics.httpDuration.observe({ operation, status: String(status) }, event.durationMs / 1000);
      const level = QUIET.has(operation) && status < 500 ? 'debug' : 'info';
      logger[level](
        {
          request_id: event.requestId,
          operation,
          method: event.method,
          path: event.path,
          status,
          duration_ms: event.durationMs,
          ...(event.buildId === null ? {} : { build_id: event.buildId }),
        },
        'request served',
      );
    },
    requestFailed(event: {
      requestId: string;
      operation: string;
      error: unknown;
      detail: string | null;
    }): void {
      metrics.failures.inc({ operation: event.operation });
      const { requestId, operation, error, detail } = event;
      logger.error({ request_id: requestId, operation, error, detail }, 'request failed');
    },
    buildAccepted(event: { buildId: string; project: string; method: string; created: boolean }): void {
      if (event.created) metrics.buildsAccepted.inc({ method: event.method });
      const { buildId, project, method, created } = event;
      logger.info({ build_id: buildId, project, method, created }, 'build accepted');
    },
    buildStartDeferred(event: { buildId: string; error: unknown }): void {
      metrics.buildStartsDeferred.inc();
      logger.warn(
        { build_id: event.buildId, error: event.error },
        'the relay will start the workflow of the build',
      );
    },
    cancelRequested(event: { buildId: string }): void {
      metrics.cancelsRequested.inc();
      logger.info({ build_id: event.buildId }, 'cancel requested');
    },
    cancelSignalDeferred(event: { buildId: string; error: unknown }): void {
      logger.warn({ build_id: event.buildId, error: event.error }, 'the relay will signal the cancel');
    },
    gateDecided(event: { buildId: string; decision: string }): void {
      metrics.gateDecisions.inc({ decision: event.decision });
      logger.info({ build_id: event.buildId, decision: event.decision }, 'held build decided');
    },
    decisionSignalDeferred(event: { buildId: string; error: unknown }): void {
      logger.warn({ build_id: event.buildId, error: event.error }, 'the relay will signal the decision');
    },
    contentLost({
      tenantId,
      sha256,
      what,
    }: {
      tenantId: string;
      sha256: string;
      what: 'missing' | 'changed';
    }): void {
      metrics.contentsLost.inc({ what });
      logger.error({ tenant_id: tenantId, sha256, what }, 'stored bytes cannot be used any more');
    },
    pruneRequested(event: { pruneId: string }): void {
      logger.info({ prune_id: event.pruneId }, 'prune requested');
    },
    pruneStartDeferred(event: { pruneId: string; error: unknown }): void {
      logger.warn(
        { prune_id: event.pruneId, error: event.error },
        'the controller will start the workflow of the prune',
      );
    },
    contentsArrived(event: { contents: number; sizeBytes: number }): void {
      metrics.uploadBytes.inc(event.sizeBytes);
      logger.debug({ contents: event.contents, size_bytes: event.sizeBytes }, 'contents arrived');
    },
    secretStored(event: { kind: string; name: string; project: string | null }): void {
      logger.info({ kind: event.kind, name: event.name, project: event.project }, 'secret stored');
    },
    secretRemoved(event: { kind: string; name: string; project: string | null }): void {
      logger.info({ kind: event.kind, name: event.name, project: event.project }, 'secret removed');
    },
    workerChanged(event: { worker: string; what: string; userId: string | null }): void {
      logger.info({ worker: event.worker, what: event.what, user_id: event.userId }, 'worker changed');
    },
    scheduleChanged(event: { scheduleId: string; what: string }): void {
      logger.info({ schedule_id: event.scheduleId, what: event.what }, 'schedule changed');
    },
    baseImageMoveResumed(event: { moveId: string; reference: string }): void {
      logger.info({ move_id: event.moveId, reference: event.reference }, 'move of a base image resumed');
    },
    deliveryReceived({
      webhookId,
      status,
      isDuplicate,
    }: {
      webhookId: string;
      status: string;
      isDuplicate: boolean;
    }): void {
      metrics.deliveries.inc({ status: isDuplicate ? 'duplicate' : status });
      const level = status === 'unsigned' ? 'debug' : 'info';
      logger[level]({ webhook_id: webhookId, status, duplicate: isDuplicate }, 'delivery received');
    },
    deliveryBellFailed(event: { error: unknown }): void {
      logger.warn({ error: event.error }, 'the controller will look for the delivery by itself');
    },
    notificationTargetChanged(event: { targetId: string; what: string }): void {
      logger.info({ target_id: event.targetId, what: event.what }, 'target of notifications changed');
    },
    webhookChanged(event: { webhookId: string; what: string }): void {
      logger.info({ webhook: event.webhookId, what: event.what }, 'webhook changed');
    },
    viewerJoined(event: { stream: string; buildId: string }): void {
      metrics.sseClients.inc({ stream: event.stream });
      logger.debug({ stream: event.stream, build_id: event.buildId }, 'viewer joined');
    },
    viewerLeft(event: { stream: string; buildId: string }): void {
      metrics.sseClients.dec({ stream: event.stream });
      logger.debug({ stream: event.stream, build_id: event.buildId }, 'viewer left');
    },
    logStored(event: { buildId: string; chunks: number }): void {
      metrics.logChunks.inc(event.chunks);
      logger.debug({ build_id: event.buildId, chunks: event.chunks }, 'log chunks stored');
    },
    leaseRefused(event: { operation: string; leaseId: string }): void {
      metrics.leaseRefusals.inc({ operation: event.operation });
      logger.warn({ operation: event.operation, lease_id: event.leaseId }, 'effect of an old lease refused');
    },
    runFinished(event: { buildId: string; attempt: number; result: string }): void {
      metrics.runsFinished.inc({ result: event.result });
      const { buildId, attempt, result } = event;
      logger.info({ build_id: buildId, attempt, result }, 'run finished');
    },
    beatMissed(event: { error: unknown }): void {
      metrics.beatsMissed.inc();
      logger.warn({ error: event.error }, 'the beat of the control plane could not be stored');
    },
  };
}
