import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { JoinedGroup } from '../../ports/runner.js';

/**
 * Puts this process into control groups, so that what it starts next is in them from its first instruction on; gives what takes it back to
 * where it was. Raises what the system says when a group cannot be joined.
 */
export function joinGroups(joins: readonly JoinedGroup[]): () => void {
  const before = joins.map((join) => ({
    join,
    group: groupOf(readFileSync('/proc/self/cgroup', 'utf8'), join.tree),
  }));
  const back = (): void => {
    for (const { join, group } of before) {
      if (group === null) continue;
      const inside = join.root !== '/' && group.startsWith(join.root) ? group.slice(join.root.length) : group;
      enter(path.join(join.mount, inside));
    }
  };
  try {
    for (const { folder } of joins) enter(folder);
  } catch (error) {
    back();
    throw error;
  }
  return back;
}

/** The group of a process in one tree, from the text of its /proc/PID/cgroup. */
export function groupOf(text: string, tree: string): string | null {
  const found = text
    .split('\n')
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
    .find((match) => match !== null && match[1]!.split(',').sort().join(',') === tree);
  return found?.[2] ?? null;
}

function enter(folder: string): void {
  writeFileSync(path.join(folder, 'cgroup.procs'), String(process.pid));
}
