import { listProcesses, readProcess } from '../../src/runners/local/processes.js';
import { readClaim } from '../../src/runners/local/run-files.js';
import { carriesMark } from '../../src/runners/local/processes.js';

/** The living processes of the run in a folder: its shim and whoever carries its mark. */
export function processesOfRun(folder: string): number[] {
  const claim = readClaim(folder);
  if (claim === null) return [];
  return listProcesses()
    .map(({ pid }) => pid)
    .filter((pid) => pid === claim.pid || carriesMark(pid, `KILN_RUN=${claim.mark}`));
}

export function isRunning(pid: number): boolean {
  const found = readProcess(pid);
  return found !== null && !found.ended;
}

/** Resolves as soon as the condition holds; fails after `withinMs`. */
export async function eventually(condition: () => boolean, withinMs = 5000): Promise<void> {
  const deadlineMs = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > deadlineMs) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
