import type { GroupLimit, GroupLimits } from '../../ports/run-groups.js';

/** Of CPU time: so long is the span within which a group may use its share. */
const PERIOD_US = 100_000;

/** One write into a file of a group. */
export interface LimitFile {
  readonly file: string;
  readonly value: string;
  /** A kernel without it keeps the limit nevertheless. */
  readonly isOptional?: true;
}

/** The controller that keeps each limit. */
export const CONTROLLERS: Readonly<Record<GroupLimit, string>> = {
  memory: 'memory',
  cpu: 'cpu',
  pids: 'pids',
};

/** What to write so that a limit holds, in order; empty where there is nothing to limit. Swap counts as memory. */
export function limitFiles(limit: GroupLimit, version: 1 | 2, limits: GroupLimits): LimitFile[] {
  const { memoryBytes, cpuMilli, pids } = limits;
  const quota = cpuMilli === null ? null : String((cpuMilli * PERIOD_US) / 1000);
  switch (limit) {
    case 'memory':
      return version === 2
        ? [
            { file: 'memory.max', value: String(memoryBytes) },
            { file: 'memory.swap.max', value: '0', isOptional: true },
          ]
        : [
            { file: 'memory.limit_in_bytes', value: String(memoryBytes) },
            { file: 'memory.memsw.limit_in_bytes', value: String(memoryBytes), isOptional: true },
          ];
    case 'cpu':
      if (quota === null) return [];
      return version === 2
        ? [{ file: 'cpu.max', value: `${quota} ${PERIOD_US}` }]
        : [
            { file: 'cpu.cfs_period_us', value: String(PERIOD_US) },
            { file: 'cpu.cfs_quota_us', value: quota },
          ];
    case 'pids':
      return [{ file: 'pids.max', value: String(pids) }];
  }
}
