import type { RunEnd, RunPlan } from './engine.js';

/** A control group that a process joins, in one tree of groups. */
export interface JoinedGroup {
  /** What /proc/self/cgroup calls the tree: its controllers, sorted and joined by commas; '' for version 2. */
  readonly tree: string;
  /** Where the tree is mounted, and which of its groups the mount shows as its root. */
  readonly mount: string;
  readonly root: string;
  /** Absolute folder of the group. */
  readonly folder: string;
}

/** A started run. The pid alone is not an identity: it is recycled, so the start time goes with it. */
export interface RunHandle {
  readonly pid: number;
  /** Start time in clock ticks since boot (field 22 of /proc/<pid>/stat) as text. */
  readonly startTime: string;
}

/**
 * Where a plan runs. All state is in `folder` (stdout, stderr, run.json, exit.json), so that a supervisor which was
 * killed finds its runs again. Every call may be repeated.
 */
export interface Runner {
  /** Starts the plan detached in its own process group; a second call for the same folder gives the first handle. */
  start(folder: string, plan: RunPlan): Promise<RunHandle>;
  /** The handle of a run that was started in the folder, alive or not; null when none was. */
  find(folder: string): Promise<RunHandle | null>;
  /** Resolves when the process is gone; null when it left no exit record (killed with its host). */
  wait(folder: string, signal?: AbortSignal): Promise<RunEnd | null>;
  /** Whether a run that was started in the folder is over; tells at once. */
  hasEnded(folder: string): Promise<boolean>;
  /** SIGTERM to the process group, SIGKILL after `graceMs`; resolves when no process of the group is left. */
  stop(folder: string, graceMs: number): Promise<void>;
  /** Resource use measured so far; null fields where the host cannot tell. */
  usage(folder: string): Promise<RunUsage>;
  /** Whether the limits of a plan's confinement hold by the runner itself. */
  readonly enforcesLimits?: boolean;
  /** Why nothing can run here that starts containers itself, in words; absent where it can. */
  readonly nestingTrouble?: string;
  /** Ends what is left of runs below `runsFolder` whose own folder is not kept; for runs that outlive their folders. Gives how many. */
  sweep?(runsFolder: string, isKept: (folder: string) => boolean): Promise<number>;
}

export interface RunUsage {
  readonly peakMemoryBytes: number | null;
  readonly cpuUsagePercent: number | null;
  readonly diskReadBytes: number | null;
  readonly diskWriteBytes: number | null;
  /** Wall-clock time of the process from start to exit (so far, while it runs). */
  readonly durationMs: number | null;
}
