/** How long something will take. Milliseconds. */
export interface Band {
  readonly lowMs: number;
  readonly medianMs: number;
  readonly highMs: number;
}

/** A build by what decides how long it takes. */
export interface BuildKind {
  readonly projectId: string;
  readonly method: string;
  /** Whether it may use what earlier builds have left in a cache. */
  readonly usesCache: boolean;
}

/** How long a build had its slot. */
export interface PastRun extends BuildKind {
  readonly durationMs: number;
}

const ENOUGH = 3;
/** Where nothing was ever built. */
const UNKNOWN: Band = { lowMs: 10_000, medianMs: 60_000, highMs: 600_000 };

/**
 * Median, 10th and 90th percentile of the past runs that are most like the build, of which there have to be a few: of its project, method
 * and cache setting, of its project and method, of its method, of any. Fewer are believed less.
 */
export function expectedDuration(build: BuildKind, past: readonly PastRun[]): Band {
  const ofMethod = past.filter(({ method }) => method === build.method);
  const ofProject = ofMethod.filter(({ projectId }) => projectId === build.projectId);
  const alike = ofProject.filter(({ usesCache }) => usesCache === build.usesCache);
  const classes = [alike, ofProject, ofMethod, past];
  const chosen = classes.find((runs) => runs.length >= ENOUGH) ?? classes.find((runs) => runs.length > 0);
  if (chosen === undefined) return UNKNOWN;
  return bandOf(chosen.map(({ durationMs }) => durationMs));
}

/** The methods of builds whose project has too few runs of its own by them to be believed alone. */
export function methodsWithFewRuns(
  builds: readonly Omit<BuildKind, 'usesCache'>[],
  past: readonly PastRun[],
): string[] {
  const few = builds.filter(
    ({ projectId, method }) =>
      past.filter((run) => run.projectId === projectId && run.method === method).length < ENOUGH,
  );
  return [...new Set(few.map(({ method }) => method))];
}

/** How much longer a run takes that has taken `elapsedMs`; one that is slower than any before is given a little more, time and again. */
export function remainingOf(durationMs: number, elapsedMs: number): number {
  return Math.max(durationMs - elapsedMs, 1_000, elapsedMs / 10);
}

/** Of few numbers the ends are moved apart. */
export function bandOf(durations: readonly number[]): Band {
  const sorted = durations.toSorted((a, b) => a - b);
  const doubt = sorted.length >= ENOUGH ? 1 : 2;
  return {
    lowMs: quantile(sorted, 0.1) / doubt,
    medianMs: quantile(sorted, 0.5),
    highMs: quantile(sorted, 0.9) * doubt,
  };
}

function quantile(sorted: readonly number[], part: number): number {
  const at = (sorted.length - 1) * part;
  const [below = 0, above = below] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below + (above - below) * (at - Math.floor(at));
}
