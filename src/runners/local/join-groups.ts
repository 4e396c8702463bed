import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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

/** Whether this kernel lists the children of processes (CONFIG_PROC_CHILDREN), as most do. */
export function listsChildren(): boolean {
  return existsSync('/proc/thread-self/children');
}

/**
 * Puts a process and all that it has started into control groups. One that is started meanwhile is either born inside, or seen by another
 * look. Raises what the system says when a group cannot be joined. Only where `listsChildren`.
 */
export function moveIntoGroups(joins: readonly JoinedGroup[], leader: number): void {
  if (joins.length === 0) return;
  const moved = new Set<number>();
  for (;;) {
    const left = treeOf(leader).filter((pid) => !moved.has(pid));
    if (left.length === 0) return;
    for (const pid of left) {
      for (const { folder } of joins) enter(folder, pid);
      moved.add(pid);
    }
  }
}

/** A process and its descendants, as the kernel lists the children of each: to look through all processes takes as long as to start one. */
function treeOf(leader: number): number[] {
  return [leader, ...childrenOf(leader).flatMap(treeOf)];
}

/** Of all threads of a process; none of one that is gone. */
function childrenOf(pid: number): number[] {
  const tasks = path.join('/proc', String(pid), 'task');
  try {
    return readdirSync(tasks)
      .map((task) => readFileSync(path.join(tasks, task, 'children'), 'utf8'))
      .flatMap((text) => text.split(' ').filter((word) => word !== ''))
      .map(Number);
  } catch {
    return [];
  }
}

function enter(folder: string, pid: number = process.pid): void {
  writeFileSync(path.join(folder, 'cgroup.procs'), String(pid));
}
