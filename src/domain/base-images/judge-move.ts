/**
 * `open`: builds run or are to be started. `stopped`: nothing starts before somebody resumes it. `done`: every project has had its build.
 * `superseded`: the tag has moved on.
 */
export const MOVE_STATUSES = ['open', 'stopped', 'done', 'superseded'] as const;
export type MoveStatus = (typeof MOVE_STATUSES)[number];

/** How far a project is: without a build yet, or as its build is. */
export const REBUILD_STATES = ['waiting', 'skipped', 'running', 'success', 'failed', 'cancelled'] as const;
export type RebuildState = (typeof REBUILD_STATES)[number];

/** A project that a move is about. */
export interface Rebuild {
  readonly projectId: string;
  readonly state: RebuildState;
  /** Its build as `app#12`, and how that ended: for people. */
  readonly told: string;
  /** Whether it ended before somebody resumed the move. */
  readonly isForgiven: boolean;
}

/** What follows for a move. */
export type MoveStep =
  | {
      readonly kind: 'go';
      /** The project that builds before all others and has not begun yet. */
      readonly canary: string | null;
      /** Others that may begin now. */
      readonly others: readonly string[];
    }
  | { readonly kind: 'stop'; readonly reason: string }
  | { readonly kind: 'done' };

/**
 * The first project that is not skipped is the canary. The others start when it has succeeded, and never more at once than may still fail, so that
 * no more than `maxFailures` of them ever do.
 */
export function judgeMove(rebuilds: readonly Rebuild[], maxFailures: number): MoveStep {
  const [canary, ...others] = rebuilds.filter(({ state }) => state !== 'skipped');
  if (canary === undefined) return { kind: 'done' };
  if (canary.state === 'waiting') return { kind: 'go', canary: canary.projectId, others: [] };
  if (canary.state === 'running') return { kind: 'go', canary: null, others: [] };
  if (canary.state !== 'success' && !canary.isForgiven)
    return { kind: 'stop', reason: `canary ${canary.told}` };
  const inState = (wanted: RebuildState) => others.filter(({ state }) => state === wanted);
  const failed = inState('failed').filter(({ isForgiven }) => !isForgiven);
  const [waiting, running] = [inState('waiting'), inState('running')];
  if (waiting.length + running.length === 0) return { kind: 'done' };
  if (waiting.length > 0 && failed.length >= maxFailures)
    return {
      kind: 'stop',
      reason: `${String(failed.length)} builds after the canary failed: ${failed.map(({ told }) => told).join(', ')}`,
    };
  const free = Math.max(0, maxFailures - failed.length - running.length);
  return { kind: 'go', canary: null, others: waiting.slice(0, free).map(({ projectId }) => projectId) };
}
