import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { JoinedGroup } from '../../ports/runner.js';
import { listProcesses } from './processes.js';

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

/**
 * Puts a process and all that it has started into control groups. One that is started meanwhile is either born inside, or seen by another
 * look. Raises what the system says when a group cannot be joined.
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

/** A process and its descendants, those that have ended left out. */
function treeOf(leader: number): number[] {
  const all = listProcesses();
  const tree = new Set([leader]);
  for (let grown = true; grown;) {
    grown = false;
    for (const { pid, parent } of all) {
      if (tree.has(pid) || !tree.has(parent)) continue;
      tree.add(pid);
      grown = true;
    }
  }
  return [...tree];
}

function enter(folder: string, pid: number = process.pid): void {
  writeFileSync(path.join(folder, 'cgroup.procs'), String(pid));
}
