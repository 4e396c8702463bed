import { readdirSync, rmdirSync, statSync } from 'node:fs';
import path from 'node:path';

const ROOT = '/sys/fs/cgroup';
const PARENT = 'kiln-kaniko';
const OLD_MS = 60_000;

/**
 * Removes the control groups of runs that were killed before they could do so. The kernel keeps those that have processes; a new one
 * has its process within milliseconds, so one that is a minute old and empty belongs to nobody.
 */
export function removeOldGroups(root = ROOT, nowMs = Date.now()): void {
  const parents = [path.join(root, PARENT), ...namesIn(root).map((name) => path.join(root, name, PARENT))];
  for (const parent of parents) {
    for (const name of namesIn(parent).filter((one) => one.startsWith(`${PARENT}-`))) {
      try {
        const group = path.join(parent, name);
        if (nowMs - statSync(group).mtimeMs > OLD_MS) rmdirSync(group);
      } catch {
        continue;
      }
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
