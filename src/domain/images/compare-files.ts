import { type ImageNode, leavesOf } from './image-tree.js';

/** A file that two images do not share. Sizes are null where an image lacks it. */
export interface FileDifference {
  readonly path: string;
  readonly beforeBytes: number | null;
  readonly afterBytes: number | null;
}

/** How the files of one image differ from those of another. */
export interface FileDifferences {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly addedBytes: number;
  readonly removedBytes: number;
  /** What a changed file is larger by, over all; negative when smaller. */
  readonly changedBytes: number;
  /** Those that weigh most. */
  readonly biggest: readonly FileDifference[];
}

/** Compares what two images show. A file is changed when its content, its kind or where it leads is another; folders do not count. */
export function compareFiles(before: ImageNode, after: ImageNode, limit: number): FileDifferences {
  const left = new Map(leavesOf(before, ''));
  const all: FileDifference[] = [];
  for (const [path, node] of leavesOf(after, '')) {
    const old = left.get(path);
    left.delete(path);
    if (old === undefined || !isSame(old, node))
      all.push({ path, beforeBytes: old?.sizeBytes ?? null, afterBytes: node.sizeBytes });
  }
  for (const [path, node] of left) all.push({ path, beforeBytes: node.sizeBytes, afterBytes: null });
  const added = all.filter((one) => one.beforeBytes === null);
  const removed = all.filter((one) => one.afterBytes === null);
  const changed = all.filter((one) => one.beforeBytes !== null && one.afterBytes !== null);
  return {
    added: added.length,
    changed: changed.length,
    removed: removed.length,
    addedBytes: sumOf(added, (one) => one.afterBytes ?? 0),
    removedBytes: sumOf(removed, (one) => one.beforeBytes ?? 0),
    changedBytes: sumOf(changed, (one) => (one.afterBytes ?? 0) - (one.beforeBytes ?? 0)),
    biggest: all.sort((a, b) => weight(b) - weight(a) || (a.path < b.path ? -1 : 1)).slice(0, limit),
  };
}

function isSame(a: ImageNode, b: ImageNode): boolean {
  return a.kind === b.kind && a.content === b.content && a.sizeBytes === b.sizeBytes && a.mode === b.mode;
}

/** What the change moves: all bytes of a file, since a layer holds it whole. */
function weight({ beforeBytes, afterBytes }: FileDifference): number {
  return Math.max(beforeBytes ?? 0, afterBytes ?? 0);
}

function sumOf(all: readonly FileDifference[], of: (one: FileDifference) => number): number {
  return all.reduce((sum, one) => sum + of(one), 0);
}
