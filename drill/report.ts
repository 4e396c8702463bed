import type { DrillResult } from './drill.js';
import type { Violation } from './evidence.js';
import { describeFault } from './plan.js';

/** What `--json` prints. */
export interface Report {
  readonly seed: number;
  readonly seconds: number;
  readonly builds: number;
  /** How they ended. */
  readonly ends: Readonly<Record<string, number>>;
  readonly attempts: number;
  readonly requests: number;
  readonly unanswered: number;
  readonly kills: number;
  readonly stops: number;
  /** Faults of the plan that struck nobody, in a line each. */
  readonly left_out: readonly string[];
  readonly violations: readonly Violation[];
  readonly resumed_p95_ms: number | null;
  readonly lost_worker_to_running_p95_ms: number | null;
  readonly lost_builds: number;
  readonly stack_resumed_ms: number | null;
}

export function reportOf(
  { evidence, violations, faults, leftOut, times }: DrillResult,
  run: { seed: number; seconds: number },
): Report {
  const ends: Record<string, number> = {};
  for (const { status, failureCode } of evidence.builds) {
    const end = status === 'failed' ? `failed: ${failureCode ?? 'no code'}` : status;
    ends[end] = (ends[end] ?? 0) + 1;
  }
  return {
    seed: run.seed,
    seconds: Math.round(run.seconds),
    builds: evidence.builds.length,
    ends,
    attempts: evidence.attempts.length,
    requests: evidence.history.filter(({ kind }) => kind === 'invoke').length,
    unanswered: evidence.history.filter(({ kind }) => kind === 'unknown').length,
    kills: faults.filter(({ fault }) => fault.act === 'kill').length,
    stops: faults.filter(({ fault }) => fault.act === 'stop').length,
    left_out: leftOut.map(describeFault),
    violations,
    resumed_p95_ms: times.resumedP95Ms,
    lost_worker_to_running_p95_ms: times.lostWorkerToRunningP95Ms,
    lost_builds: times.lostBuilds,
    stack_resumed_ms: times.stackResumedMs,
  };
}

/** Whether every promise was kept, under every fault of the plan. */
export function hasPassed({ violations, left_out: leftOut }: Report): boolean {
  return violations.length === 0 && leftOut.length === 0;
}

const ms = (value: number | null): string => (value === null ? 'not measured' : `${value} ms`);

export function printReport(report: Report): void {
  const ends = Object.entries(report.ends).map(([end, count]) => `${count} ${end}`);
  console.log(
    [
      `${report.builds} builds (${ends.join(', ')}) in ${report.attempts} attempts, ${report.seconds} s; seed ${report.seed}`,
      `${report.kills} kills, ${report.stops} stops; ${report.unanswered} of ${report.requests} requests without an answer`,
      ...(report.left_out.length === 0
        ? []
        : [`${report.left_out.length} faults of the plan were left out:`, ...report.left_out]),
      `kill to next effect of a build, p95: ${ms(report.resumed_p95_ms)}`,
      `lost host to running elsewhere, p95: ${ms(report.lost_worker_to_running_p95_ms)} (${report.lost_builds} builds)`,
      `start of a killed stack to first build resumed: ${ms(report.stack_resumed_ms)}`,
      report.violations.length === 0 ? 'Every promise was kept.' : `${report.violations.length} violations:`,
      ...report.violations.map(
        ({ promise, buildId, evidence }) => `  ${promise} ${buildId ?? '-'}: ${evidence}`,
      ),
    ].join('\n'),
  );
}
