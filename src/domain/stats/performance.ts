import type { DayName } from './local-days.js';

/** Methods that have a count of their own, in the order in which they are shown. */
export const COUNTED_METHODS = ['kaniko', 'buildx', 'container', 'packer', 'paketo'] as const;
export type CountedMethod = (typeof COUNTED_METHODS)[number];

/** What builds can have in common, of which one asks how they ended. */
export const OUTCOME_KINDS = ['branch', 'method', 'worker'] as const;
export type OutcomeKind = (typeof OUTCOME_KINDS)[number];

/** What is counted of builds, so that counts of several days add up. `decided` builds are those that succeeded or failed. */
export interface Counts {
  readonly totalBuilds: number;
  readonly successful: number;
  /** Those that ran out of time among them. */
  readonly failed: number;
  /** Those that a newer build took the place of among them. */
  readonly cancelled: number;
  /** Decided builds whose duration is known, and the sum of these. */
  readonly measuredBuilds: number;
  readonly durationMs: number;
  /** Decided builds by their wait in whole seconds. */
  readonly queueWaits: Readonly<Record<string, number>>;
  /** Failed builds by error code. */
  readonly failures: Readonly<Record<string, number>>;
  readonly methods: Readonly<Record<CountedMethod, number>>;
  /** Attempts that ran at once, at most. */
  readonly maxConcurrent: number;
}

export interface DayCounts extends Counts {
  readonly date: DayName;
}

/** The columns of build_performance_daily that people read; null where there is nothing to measure. */
export interface Performance {
  readonly total_builds: number;
  readonly successful: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly average_duration_seconds: number | null;
  readonly median_queue_wait_seconds: number | null;
  readonly failure_rate_percent: number | null;
  readonly most_common_failure: string | null;
  readonly kaniko_count: number;
  readonly buildx_count: number;
  readonly container_count: number;
  readonly packer_count: number;
  readonly paketo_count: number;
  readonly max_concurrent_at_peak: number;
}

export const NOTHING_COUNTED: Counts = {
  totalBuilds: 0,
  successful: 0,
  failed: 0,
  cancelled: 0,
  measuredBuilds: 0,
  durationMs: 0,
  queueWaits: {},
  failures: {},
  methods: { kaniko: 0, buildx: 0, container: 0, packer: 0, paketo: 0 },
  maxConcurrent: 0,
};

/** Counts of several days as those of one: sums, and the highest of the peaks. */
export function sumCounts(counts: readonly Counts[]): Counts {
  const maps = { queueWaits: {}, failures: {}, methods: { ...NOTHING_COUNTED.methods } };
  for (const { queueWaits, failures, methods } of counts) {
    addTo(maps.queueWaits, queueWaits);
    addTo(maps.failures, failures);
    addTo(maps.methods, methods);
  }
  const sumOf = (of: (one: Counts) => number): number => counts.reduce((sum, one) => sum + of(one), 0);
  return {
    ...maps,
    totalBuilds: sumOf((one) => one.totalBuilds),
    successful: sumOf((one) => one.successful),
    failed: sumOf((one) => one.failed),
    cancelled: sumOf((one) => one.cancelled),
    measuredBuilds: sumOf((one) => one.measuredBuilds),
    durationMs: sumOf((one) => one.durationMs),
    maxConcurrent: counts.reduce((most, one) => Math.max(most, one.maxConcurrent), 0),
  };
}

/** What the counts say, as docs/stats.md defines it. */
export function performanceOf(counts: Counts): Performance {
  const { totalBuilds, successful, failed, cancelled, measuredBuilds, durationMs, methods } = counts;
  return {
    ...{ total_builds: totalBuilds, successful, failed, cancelled },
    average_duration_seconds: measuredBuilds === 0 ? null : Math.round(durationMs / measuredBuilds / 1000),
    median_queue_wait_seconds: medianOf(counts.queueWaits),
    failure_rate_percent: percentOf(failed, successful + failed),
    most_common_failure: mostCommon(counts.failures),
    kaniko_count: methods.kaniko,
    buildx_count: methods.buildx,
    container_count: methods.container,
    packer_count: methods.packer,
    paketo_count: methods.paketo,
    max_concurrent_at_peak: counts.maxConcurrent,
  };
}

/** To two places; null of nothing. */
export function percentOf(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part * 10_000) / whole) / 100;
}

/** The value in the middle, of two the lower one. */
function medianOf(histogram: Readonly<Record<string, number>>): number | null {
  const values = Object.entries(histogram)
    .map(([value, count]) => [Number(value), count] as const)
    .sort(([a], [b]) => a - b);
  const middle = Math.ceil(values.reduce((sum, [, count]) => sum + count, 0) / 2);
  let seen = 0;
  for (const [value, count] of values) {
    seen += count;
    if (seen >= middle) return value;
  }
  return null;
}

/** Of equally common ones the first by name. */
function mostCommon(counts: Readonly<Record<string, number>>): string | null {
  const [first] = Object.entries(counts).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return first?.[0] ?? null;
}

function addTo(sum: Record<string, number>, one: Readonly<Record<string, number>>): void {
  for (const name in one) sum[name] = (sum[name] ?? 0) + (one[name] ?? 0);
}
