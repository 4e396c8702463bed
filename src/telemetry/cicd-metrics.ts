import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/**
 * Metrics with the names and labels of OpenTelemetry's conventions for CI/CD, as Prometheus writes them: dots are underscores, the unit
 * comes last, counters end with `_total` (https://opentelemetry.io/docs/specs/semconv/cicd/cicd-metrics/). The pipeline is the build method:
 * projects are without bound.
 */
type Pipeline = 'cicd_pipeline_name';

/** Of builds that ended. */
export interface PipelineMetrics {
  readonly runDuration: Histogram<Pipeline | 'cicd_pipeline_run_state' | 'cicd_pipeline_result'>;
  readonly runErrors: Counter<Pipeline | 'error_type'>;
}

export function createPipelineMetrics(registry: Registry): PipelineMetrics {
  return {
    runDuration: new Histogram({
      name: 'cicd_pipeline_run_duration_seconds',
      help: 'How long builds that ended were queued and then executed; the result is with the state in which they ended',
      labelNames: ['cicd_pipeline_name', 'cicd_pipeline_run_state', 'cicd_pipeline_result'],
      buckets: [1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200],
      registers: [registry],
    }),
    runErrors: new Counter({
      name: 'cicd_pipeline_run_errors_total',
      help: 'Builds that failed, by the code of their failure',
      labelNames: ['cicd_pipeline_name', 'error_type'],
      registers: [registry],
    }),
  };
}

/** What is known at one moment. */
export interface LoadNow {
  readonly builds: readonly { readonly method: string; readonly state: string; readonly count: number }[];
  readonly longestWaitMs: number | null;
  readonly workers: Readonly<Record<string, number>>;
}

/**
 * Of builds that have not ended and of workers: read whenever the page is, once for all of them. When `read` fails (it tells why itself)
 * the page comes without them.
 */
export function createLoadMetrics(
  registry: Registry,
  pipelines: { readonly names: readonly string[]; readonly states: readonly string[] },
  read: () => Promise<LoadNow | null>,
): void {
  let reading: Promise<LoadNow | null> | null = null;
  const now = (): Promise<LoadNow | null> => {
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };
  const registers = [registry];
  new Gauge({
    name: 'cicd_pipeline_run_active',
    help: 'Builds that have not ended',
    labelNames: ['cicd_pipeline_name', 'cicd_pipeline_run_state'],
    registers,
    async collect() {
      const load = await now();
      this.reset();
      if (load === null) return;
      for (const name of pipelines.names)
        for (const state of pipelines.states)
          this.set({ cicd_pipeline_name: name, cicd_pipeline_run_state: state }, 0);
      for (const { method, state, count } of load.builds)
        this.set({ cicd_pipeline_name: method, cicd_pipeline_run_state: state }, count);
    },
  });
  new Gauge({
    name: 'cicd_worker_count',
    help: 'Workers by what they are used for',
    labelNames: ['cicd_worker_state'],
    registers,
    async collect() {
      const load = await now();
      this.reset();
      for (const [state, count] of Object.entries(load?.workers ?? {}))
        this.set({ cicd_worker_state: state }, count);
    },
  });
  new Gauge({
    name: 'kiln_queue_longest_wait_seconds',
    help: 'How long the build that waits longest for a slot has waited; 0 when none waits',
    registers,
    async collect() {
      const load = await now();
      if (load === null) this.remove();
      else this.set((load.longestWaitMs ?? 0) / 1000);
    },
  });
}

/** Counts what a process logs as an error; give it to its logger. By the code of what was thrown, else its class, else `_OTHER`. */
export function countSystemErrors(registry: Registry, component: string): (logged: unknown) => void {
  const errors = new Counter({
    name: 'cicd_system_errors_total',
    help: 'Lines of the log of this process that tell of an error; failures of builds are none',
    labelNames: ['cicd_system_component', 'error_type'],
    registers: [registry],
  });
  return (logged) => errors.inc({ cicd_system_component: component, error_type: typeOf(logged) });
}

function typeOf(logged: unknown): string {
  const fields = logged instanceof Error ? { err: logged } : Object(logged);
  const error: unknown = fields.err ?? fields.error;
  if (!(error instanceof Error)) return '_OTHER';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
