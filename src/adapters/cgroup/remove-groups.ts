import { readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folderOf, type Tree } from './trees.js';

/** Who was killed takes a moment to leave its group. */
const TRIES = 40;
const PAUSE_MS = 10;

/**
 * Removes a group and all below it in every tree; builders make theirs in trees without limits too. They are thawed, since who is frozen
 * does not end when it is killed. False where something lives in it still.
 */
export async function removeGroup(trees: readonly Tree[], group: string): Promise<boolean> {
  for (let tried = 0; ; tried++) {
    for (const tree of trees) thaw(tree, folderOf(tree, group));
    if (trees.map((tree) => isRemoved(folderOf(tree, group))).every(Boolean)) return true;
    if (tried === TRIES) return false;
    await sleep(PAUSE_MS);
  }
}

/** Names of the groups directly below one, in any tree. */
export function namesBelow(trees: readonly Tree[], group: string): string[] {
  return [...new Set(trees.flatMap((tree) => foldersIn(folderOf(tree, group))))];
}

/** A group goes on when those above it do, so the highest is first. Trees that freeze nothing have no such file. */
function thaw(tree: Tree, folder: string): void {
  const [file, thawed] = tree.version === 1 ? ['freezer.state', 'THAWED'] : ['cgroup.freeze', '0'];
  try {
    writeFileSync(posix.join(folder, file), thawed, { flag: 'r+' });
  } catch {
    // Nothing is frozen there, or the group is gone.
  }
  for (const name of foldersIn(folder)) thaw(tree, posix.join(folder, name));
}

/** The deepest first, since the kernel removes none that has others in it. */
function isRemoved(folder: string): boolean {
  for (const name of foldersIn(folder)) isRemoved(posix.join(folder, name));
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}
