import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** Who was killed takes a moment to leave its group. */
const TRIES = 40;
const PAUSE_MS = 10;

const runcState = z.object({ cgroup_paths: z.record(z.string(), z.string()) });

/** Removes the control groups of the containers that runc has notes of in `folder`, once their processes are killed. */
export async function removeControlGroups(folder: string): Promise<void> {
  const groups = namesIn(folder).flatMap((id) => groupsOf(path.join(folder, id, 'state.json')));
  for (const group of groups) {
    for (let tried = 0; tried < TRIES && !isRemoved(group); tried++) await sleep(PAUSE_MS);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function groupsOf(file: string): string[] {
  try {
    const { cgroup_paths: paths } = runcState.parse(JSON.parse(readFileSync(file, 'utf8')));
    return Object.values(paths);
  } catch {
    return [];
  }
}

function isRemoved(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
