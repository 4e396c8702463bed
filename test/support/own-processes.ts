import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { listProcesses, readProcess } from '../../src/runners/local/processes.js';
import { readClaim } from '../../src/runners/local/run-files.js';
import { carriesMark } from '../../src/runners/local/processes.js';
import { type CommandLine, commandLines } from './command-lines.js';

/** The living processes of the run in a folder: its shim and whoever carries its mark. */
export function processesOfRun(folder: string): number[] {
  const claim = readClaim(folder);
  if (claim === null) return [];
  return listProcesses()
    .map(({ pid }) => pid)
    .filter((pid) => pid === claim.pid || carriesMark(pid, `KILN_RUN=${claim.mark}`));
}

/** What the runs of a Kiln have started, shims left out. */
export function processesOfRuns(stateFolder: string): CommandLine[] {
  const runs = join(stateFolder, 'supervisor/runs');
  const folders = readdirSync(runs).map((run) => join(runs, run, 'run'));
  const pids = folders.flatMap((folder) =>
    processesOfRun(folder).filter((pid) => pid !== readClaim(folder)?.pid),
  );
  return commandLines().filter(({ pid }) => pids.includes(pid));
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
