import { Writable } from 'node:stream';
import type { Registry } from 'prom-client';
import { openControllerMetrics } from '../../src/main/controller-metrics.js';
import { countSystemErrors } from '../../src/telemetry/cicd-metrics.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { createApiMetrics, createRegistry, createSupervisorMetrics } from '../../src/telemetry/metrics.js';

export interface KnownMetric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** What each process makes its registry of, as its file in src/main does. */
const REGISTRIES = {
  api: (registry: Registry) => void createApiMetrics(registry),
  controller: (registry: Registry) => {
    const log = createLogger({ process: 'controller', level: 'silent' }, new Writable());
    const nothing = {
      builds: [],
      longestWaitMs: null,
      workers: { available: 0, busy: 0, refusing: 0, offline: 0 },
    };
    openControllerMetrics(registry, { read: () => Promise.resolve(nothing) }, log);
  },
  worker: () => undefined,
  supervisor: (registry: Registry) =>
    void createSupervisorMetrics(registry, { freeBytes: () => Promise.resolve(1), reserveBytes: 1 }),
} as const;
export type MetricProcess = keyof typeof REGISTRIES;

/** The metrics of each process, without what runtime and process have by themselves; `runtime`: those. */
export async function processMetrics() {
  const runtime = await metricsOf(createRegistry());
  const isOwn = ({ name }: KnownMetric) => !runtime.some((known) => known.name === name);
  const own = Object.entries(REGISTRIES).map(async ([process, fill]) => {
    const registry = createRegistry();
    fill(registry);
    countSystemErrors(registry, process);
    return [process as MetricProcess, (await metricsOf(registry)).filter(isOwn)] as const;
  });
  return { own: await Promise.all(own), runtime };
}

async function metricsOf(registry: Registry): Promise<KnownMetric[]> {
  const described = await registry.getMetricsAsJSON();
  return described.map(({ name, type, help }) => ({
    ...{ name, help, type: String(type) },
    labels: labelsOf(registry.getSingleMetric(name)),
  }));
}

/** prom-client has them, and does not declare them. */
function labelsOf(metric: unknown): readonly string[] {
  return (metric as { readonly labelNames?: readonly string[] } | undefined)?.labelNames ?? [];
}
