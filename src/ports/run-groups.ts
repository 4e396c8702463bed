import type { JoinedGroup } from './runner.js';

/** What all processes of a run may use together. */
export interface GroupLimits {
  readonly memoryBytes: number;
  /** Thousandths of a CPU; null for as many as there are. */
  readonly cpuMilli: number | null;
  readonly pids: number;
}

export const GROUP_LIMITS = ['memory', 'cpu', 'pids'] as const;
export type GroupLimit = (typeof GROUP_LIMITS)[number];

/** The control group of a run. */
export interface RunGroup {
  /** Where a builder puts the groups that it makes itself; below the mount of each tree of groups. */
  readonly builderPath: string;
  /** What the first process of the run joins. */
  readonly joins: readonly JoinedGroup[];
  /** Why a limit does not hold, in words; those that hold are absent. */
  readonly notEnforced: Readonly<Partial<Record<GroupLimit, string>>>;
}

/** What a group has used; null where the host cannot tell. */
export interface GroupUsage {
  /** With the file cache that the kernel counts to the group. */
  readonly peakMemoryBytes: number | null;
  readonly cpuMs: number | null;
  readonly diskReadBytes: number | null;
  readonly diskWriteBytes: number | null;
}

/** What happened in a group. */
export interface GroupEvents {
  /** How many processes the kernel has ended for want of the group's memory; null where it does not say whose they were. */
  readonly oomKills: number | null;
  /** Whether the group was at its limit of memory, which may have been file cache that then made room. */
  readonly reachedMemory: boolean | null;
  /** Whether the group has had as many processes as it may; null where that is not told. */
  readonly reachedPids: boolean | null;
}

/** Control groups of runs. The one place that makes, measures and removes them. */
export interface RunGroups {
  /** Why builds cannot be limited on this host at all, in words; null where groups can be made. */
  readonly trouble: string | null;
  /** Makes the group of a run anew; null where none can be made. */
  open(name: string, limits: GroupLimits): Promise<RunGroup | null>;
  /** Of all processes of the run, or of those that its builder has put into groups of their own; null where there is no such group. */
  measure(name: string, of: 'run' | 'builder'): Promise<GroupUsage | null>;
  events(name: string): Promise<GroupEvents | null>;
  /** Removes the group of a run that is over. One that still holds processes of others goes later. */
  remove(name: string): Promise<void>;
  /** Removes every group of this host's runs that is not kept. Gives how many. */
  sweep(isKept: (name: string) => boolean): Promise<number>;
  /** Takes away what is left when no run has a group. */
  close(): Promise<void>;
}
