import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = '/sys/fs/cgroup';
/** Who was killed takes a moment to leave its group. */
const TRIES = 100;
const PAUSE_MS = 20;

/** Where a control group lies: in the one hierarchy, or below each controller of the older kind. */
export function foldersOf(controlGroup: string): string[] {
  const parents = [ROOT, ...namesIn(ROOT).map((name) => path.join(ROOT, name))];
  return parents.map((parent) => path.join(parent, controlGroup));
}

/** Kills who is in the group and removes it with those below it; nothing where there is none. */
export async function removeGroup(group: string): Promise<void> {
  for (const child of namesIn(group).map((name) => path.join(group, name)))
    if (namesIn(child).length > 0) await removeGroup(child);
  for (let tried = 0; tried < TRIES && !isRemoved(group); tried++) {
    killMembers(group);
    await sleep(PAUSE_MS);
  }
}

/** The names in a folder; none where there is no such folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isRemoved(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EBUSY';
  }
}

function killMembers(group: string): void {
  for (const pid of membersOf(group)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      continue;
    }
  }
}

/** As this process counts them; 0 stands for one that it cannot see. */
function membersOf(group: string): number[] {
  try {
    const text = readFileSync(path.join(group, 'cgroup.procs'), 'utf8');
    return text
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 1);
  } catch {
    return [];
  }
}
