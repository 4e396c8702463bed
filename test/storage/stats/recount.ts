/**
 * What statistics are, counted the slow way: each build by the calendar of its zone as Intl prints it, and who ran at each moment at which
 * somebody began. Shares nothing with what it judges.
 */

export interface KnownAttempt {
  readonly startedMs: number;
  readonly endedMs: number;
}

export interface KnownBuild {
  readonly createdMs: number;
  readonly status: 'success' | 'failed' | 'cancelled';
  readonly method: string;
  readonly failureCode: string | null;
  readonly durationMs: number;
  readonly waitMs: number;
  readonly attempts: readonly KnownAttempt[];
  readonly branch: string | null;
  /** Instructions that succeeded, and how many of them came out of the cache. */
  readonly steps: readonly [all: number, cached: number];
  /** Null: no image was made. */
  readonly layers: readonly [all: number, reused: number] | null;
}

const formats = new Map<string, Intl.DateTimeFormat>();

export function shownDay(zone: string, atMs: number): string {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
    formats.set(zone, format);
  }
  return format.format(atMs);
}

const MINUTE_MS = 60_000;

function firstMinute(zone: string, day: string): number {
  let atMs = Date.parse(`${day}T00:00:00Z`) - 16 * 60 * MINUTE_MS;
  while (shownDay(zone, atMs) < day) atMs += MINUTE_MS;
  return atMs;
}

export function recount(zone: string, builds: readonly KnownBuild[]): Record<string, unknown>[] {
  const byDay = new Map<string, KnownBuild[]>();
  for (const build of builds) {
    const day = shownDay(zone, build.createdMs);
    byDay.set(day, [...(byDay.get(day) ?? []), build]);
  }
  const attempts = builds
    .flatMap((build) => build.attempts)
    .filter(({ startedMs, endedMs }) => startedMs < endedMs);
  const startsOf = new Map<string, number[]>();
  for (const { startedMs } of attempts) {
    const day = shownDay(zone, startedMs);
    startsOf.set(day, [...(startsOf.get(day) ?? []), startedMs]);
  }
  const days = new Set([...byDay.keys(), ...startsOf.keys()]);
  for (const { startedMs, endedMs } of attempts) {
    for (let atMs = startedMs; atMs < endedMs; atMs += 30 * MINUTE_MS) days.add(shownDay(zone, atMs));
    days.add(shownDay(zone, endedMs - 1));
  }
  return [...days].sort().map((day) => {
    const moments = [firstMinute(zone, day), ...(startsOf.get(day) ?? [])];
    const runningAt = (atMs: number): number =>
      attempts.filter(({ startedMs, endedMs }) => startedMs <= atMs && atMs < endedMs).length;
    return {
      date: day,
      ...ofBuilds(byDay.get(day) ?? []),
      max_concurrent_at_peak: Math.max(...moments.map(runningAt)),
    };
  });
}

function ofBuilds(builds: readonly KnownBuild[]) {
  const count = (is: (build: KnownBuild) => boolean): number => builds.filter(is).length;
  const decided = builds.filter(({ status }) => status !== 'cancelled');
  const failures = decided.flatMap(({ status, failureCode }) => (status === 'failed' ? [failureCode] : []));
  const codes = [...new Set(failures)].sort();
  const most = Math.max(0, ...codes.map((code) => failures.filter((one) => one === code).length));
  const waits = decided.map(({ waitMs }) => Math.round(waitMs / 1000)).sort((a, b) => a - b);
  const sum = decided.reduce((all, { durationMs }) => all + durationMs, 0);
  return {
    total_builds: builds.length,
    successful: count(({ status }) => status === 'success'),
    failed: failures.length,
    cancelled: count(({ status }) => status === 'cancelled'),
    average_duration_seconds: decided.length === 0 ? null : Math.round(sum / decided.length / 1000),
    median_queue_wait_seconds: waits[Math.floor((waits.length - 1) / 2)] ?? null,
    failure_rate_percent:
      decided.length === 0 ? null : Math.round((failures.length / decided.length) * 10_000) / 100,
    most_common_failure: codes.find((code) => failures.filter((one) => one === code).length === most) ?? null,
    kaniko_count: count(({ method }) => method === 'kaniko'),
    buildx_count: count(({ method }) => method === 'buildx'),
    container_count: count(({ method }) => method === 'container'),
    packer_count: count(({ method }) => method === 'packer'),
    paketo_count: count(({ method }) => method === 'paketo'),
  };
}

/** By day, kind and name: how many builds there were, succeeded, failed and were cancelled. */
export function recountOutcomes(
  zone: string,
  worker: string,
  builds: readonly KnownBuild[],
): Record<string, number[]> {
  const found: Record<string, number[]> = {};
  for (const { createdMs, status, branch, method, attempts } of builds) {
    const names = [`branch ${branch ?? ''}`, `method ${method}`];
    if (attempts.length > 0) names.push(`worker ${worker}`);
    for (const name of names) {
      const counts = (found[`${shownDay(zone, createdMs)} ${name}`] ??= [0, 0, 0, 0]);
      for (const [index, counted] of ['any', 'success', 'failed', 'cancelled'].entries())
        if (counted === 'any' || counted === status) counts[index] = (counts[index] ?? 0) + 1;
    }
  }
  return found;
}

/** By day: steps, cached ones, layers, reused ones. */
export function recountCacheUse(zone: string, builds: readonly KnownBuild[]): Record<string, number[]> {
  const found: Record<string, number[]> = {};
  for (const { createdMs, steps, layers } of builds) {
    if (steps[0] === 0 && layers === null) continue;
    const counts = (found[shownDay(zone, createdMs)] ??= [0, 0, 0, 0]);
    for (const [index, count] of [...steps, ...(layers ?? [0, 0])].entries())
      counts[index] = (counts[index] ?? 0) + count;
  }
  return found;
}
