import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type { Registry };

export interface ApiMetrics {
  readonly httpDuration: Histogram<'operation' | 'status'>;
  readonly buildsAccepted: Counter<'method'>;
  readonly buildStartsDeferred: Counter;
  readonly cancelsRequested: Counter;
  readonly gateDecisions: Counter<'decision'>;
  readonly uploadBytes: Counter;
  readonly sseClients: Gauge<'stream'>;
  readonly logChunks: Counter;
  readonly leaseRefusals: Counter<'operation'>;
  readonly runsFinished: Counter<'result'>;
  readonly failures: Counter<'operation'>;
  readonly beatsMissed: Counter;
  readonly contentsLost: Counter<'what'>;
  readonly deliveries: Counter<'status'>;
}

/** A registry with the default metrics of the process. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** The page that Prometheus reads. */
export async function metricsPage(registry: Registry): Promise<{ contentType: string; text: string }> {
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** Metrics of the controller beside those of pipelines and workers. */
export function createControllerMetrics(registry: Registry) {
  return {
    queueWait: new Histogram({
      name: 'kiln_queue_wait_seconds',
      help: 'How long builds have waited for a slot',
      buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400],
      registers: [registry],
    }),
    startError: new Histogram({
      name: 'kiln_queue_start_error_seconds',
      help: 'How far the start of builds that had to wait was from when they were expected to start, earlier or later',
      buckets: [1, 5, 15, 30, 60, 120, 300, 900, 3600],
      registers: [registry],
    }),
    artifactsExpired: new Counter({
      name: 'kiln_artifacts_expired_total',
      help: 'Artifacts whose retention was over',
      registers: [registry],
    }),
    auditRepairs: new Counter({
      name: 'kiln_audit_repairs_total',
      help: 'Rows, workflows, leases and staging that did not agree; normally zero',
      labelNames: ['what'],
      registers: [registry],
    }),
    deliveryOutcomes: new Counter({
      name: 'kiln_webhook_delivery_outcomes_total',
      help: 'Tries to make builds of deliveries, by what came of them',
      labelNames: ['outcome'],
      registers: [registry],
    }),
    missedPushes: new Counter({
      name: 'kiln_webhook_missed_pushes_total',
      help: 'Heads of repositories that no delivery had told of when they were read; normally zero',
      registers: [registry],
    }),
    notificationOutcomes: new Counter({
      name: 'kiln_notification_outcomes_total',
      help: 'Notifications that were due, by kind of target and what came of them',
      labelNames: ['kind', 'outcome'],
      registers: [registry],
    }),
    traceOutcomes: new Counter({
      name: 'kiln_trace_outcomes_total',
      help: 'Traces of builds that were due, by what came of them; dropped ones were tried too often or are too old',
      labelNames: ['outcome'],
      registers: [registry],
    }),
    baseImageRebuilds: new Counter({
      name: 'kiln_base_image_rebuilds_total',
      help: 'Tries to start builds since base images have moved, by what came of them',
      labelNames: ['outcome'],
      registers: [registry],
    }),
    tagRepairs: new Counter({
      name: 'kiln_tag_repairs_total',
      help: 'Tags that were not where the record has them after a move that was left open; normally zero',
      labelNames: ['what'],
      registers: [registry],
    }),
  };
}

/** Metrics of the supervisor. `freeBytes` is asked whenever the page is read; null where it cannot be told. */
export function createSupervisorMetrics(
  registry: Registry,
  {
    freeBytes,
    reserveBytes,
  }: { readonly freeBytes: () => Promise<number | null>; readonly reserveBytes: number },
) {
  new Gauge({
    name: 'kiln_host_disk_free_bytes',
    help: 'What is free on the disk of the state folder of this build host',
    registers: [registry],
    async collect() {
      const free = await freeBytes();
      if (free === null) this.remove();
      else this.set(free);
    },
  });
  new Gauge({
    name: 'kiln_host_disk_reserve_bytes',
    help: 'With less free, this build host takes no new build and clears caches',
    registers: [registry],
  }).set(reserveBytes);
  return {
    auditRepairs: new Counter({
      name: 'kiln_audit_repairs_total',
      help: 'Folders, containers and control groups of no run that were removed from this host; normally zero',
      labelNames: ['what'],
      registers: [registry],
    }),
  };
}

/** Metrics of the api. Labels are few and bounded: no ids. */
export function createApiMetrics(registry: Registry): ApiMetrics {
  const registers = [registry];
  const counter = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const contentsLost = counter(
    'kiln_contents_lost_total',
    'Stored bytes that were missing or not those that were stored; normally zero',
    ['what'],
  );
  for (const what of ['missing', 'changed']) contentsLost.inc({ what }, 0);
  return {
    httpDuration: new Histogram({
      name: 'kiln_http_request_duration_seconds',
      help: 'Time to serve a request, streams included',
      labelNames: ['operation', 'status'],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
      registers,
    }),
    buildsAccepted: counter('kiln_builds_accepted_total', 'Builds accepted', ['method']),
    buildStartsDeferred: counter('kiln_build_starts_deferred_total', 'Workflow starts left to the relay'),
    cancelsRequested: counter('kiln_cancels_requested_total', 'Cancels of builds that had not ended'),
    gateDecisions: counter('kiln_gate_decisions_total', 'Decisions of people on held builds', ['decision']),
    uploadBytes: counter('kiln_upload_bytes_total', 'Bytes of build contexts that were sent'),
    sseClients: new Gauge({
      name: 'kiln_sse_clients',
      help: 'Open event streams',
      labelNames: ['stream'],
      registers,
    }),
    logChunks: counter('kiln_log_chunks_total', 'Log chunks taken from supervisors'),
    leaseRefusals: counter('kiln_lease_gate_refusals_total', 'Effects refused for their lease or fence', [
      'operation',
    ]),
    runsFinished: counter('kiln_runs_finished_total', 'Attempts whose outcome was stored', ['result']),
    failures: counter('kiln_http_failures_total', 'Requests that failed inside Kiln', ['operation']),
    contentsLost,
    deliveries: counter(
      'kiln_webhook_deliveries_total',
      'Requests to webhooks, by what they were stored as; unsigned ones are not stored, duplicates came before',
      ['status'],
    ),
    beatsMissed: counter('kiln_control_plane_beats_missed_total', 'Beats that could not be stored'),
  };
}
