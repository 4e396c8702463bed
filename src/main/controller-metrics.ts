import { REPAIRS } from '../controller/audit.js';
import { SCHEDULE_REPAIRS } from '../controller/schedules.js';
import { TAG_REPAIRS } from '../controller/tag-repair.js';
import { TRACE_OUTCOMES } from '../controller/trace-sender.js';
import {
  type EndedBuild,
  errorType,
  OPEN_STATES,
  PIPELINE_RESULTS,
  pipelineResult,
} from '../domain/builds/pipeline-run.js';
import { TARGET_KINDS } from '../domain/notifications/target-kind.js';
import { METHOD_NAMES } from '../engines/methods.js';
import type { ServiceLoadReader } from '../ports/service-load.js';
import type { QueueStart } from '../storage/dispatch/options.js';
import { createLoadMetrics, createPipelineMetrics } from '../telemetry/cicd-metrics.js';
import type { Logger } from '../telemetry/logger.js';
import { createControllerMetrics, type Registry } from '../telemetry/metrics.js';

/** All metrics of the controller. `load` is read whenever the page is read. */
export function openControllerMetrics(registry: Registry, load: ServiceLoadReader, log: Logger) {
  const metrics = createControllerMetrics(registry);
  const pipelines = createPipelineMetrics(registry);
  for (const method of METHOD_NAMES)
    for (const result of PIPELINE_RESULTS)
      pipelines.runDuration.zero({
        cicd_pipeline_name: method,
        cicd_pipeline_run_state: 'executing',
        cicd_pipeline_result: result,
      });
  // A series that begins with its first event has no increase, so what an alert looks at is there from the start.
  for (const what of [...REPAIRS, ...SCHEDULE_REPAIRS.map((one) => `schedule_${one}`)])
    metrics.auditRepairs.inc({ what }, 0);
  for (const what of TAG_REPAIRS) metrics.tagRepairs.inc({ what }, 0);
  for (const kind of TARGET_KINDS) metrics.notificationOutcomes.inc({ kind, outcome: 'dead' }, 0);
  for (const outcome of TRACE_OUTCOMES) metrics.traceOutcomes.inc({ outcome }, 0);
  createLoadMetrics(registry, { names: METHOD_NAMES, states: OPEN_STATES }, () =>
    load.read().catch((error: unknown) => {
      log.warn({ error }, 'builds and workers could not be counted: /metrics is without them');
      return null;
    }),
  );
  return {
    ...metrics,
    countStart: ({ waitedMs, errorMs }: QueueStart): void => {
      metrics.queueWait.observe(waitedMs / 1000);
      if (errorMs !== null) metrics.startError.observe(Math.abs(errorMs) / 1000);
    },
    countEnded: (ended: EndedBuild): void => countEnded(pipelines, ended),
  };
}

/** A build that no attempt was made of ended while it was pending, and every other one while it was executed. */
function countEnded(
  { runDuration, runErrors }: ReturnType<typeof createPipelineMetrics>,
  ended: EndedBuild,
): void {
  const pipeline = { cicd_pipeline_name: ended.method };
  const result = { cicd_pipeline_result: pipelineResult(ended) };
  const pending = { ...pipeline, cicd_pipeline_run_state: 'pending' };
  if (ended.executionMs === null) {
    runDuration.observe({ ...pending, ...result }, ended.queuedMs / 1000);
  } else {
    runDuration.observe(pending, ended.queuedMs / 1000);
    const executing = { ...pipeline, cicd_pipeline_run_state: 'executing' };
    runDuration.observe({ ...executing, ...result }, ended.executionMs / 1000);
  }
  // A cancel has a code too, and is no error.
  if (ended.failureCode !== null && ended.result !== 'cancelled')
    runErrors.inc({ ...pipeline, error_type: errorType(ended.failureCode) });
}
