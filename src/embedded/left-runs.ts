import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalRunner } from '../runners/local/local-runner.js';
import { isAlive, runMembers } from '../runners/local/members.js';
import { readClaim, readRun } from '../runners/local/run-files.js';

export interface LeftRunRules {
  /** How long the runs may take to end by themselves. */
  readonly graceMs: number;
  /** How long an end by force may take. */
  readonly killMs: number;
  /** Ends a run by force. */
  readonly kill: (runFolder: string) => Promise<void>;
}

const LOOK_MS = 25;
const RULES: LeftRunRules = {
  graceMs: 10_000,
  killMs: 10_000,
  kill: (runFolder) => createLocalRunner().stop(runFolder, 0),
};

/**
 * Waits until the processes of the runs of a state folder are gone, and ends what does not go by itself: without BuildKit a run fails,
 * and its shim writes that down. Gives the pids that are left. Call it only while no supervisor runs on the folder.
 */
export async function endLeftRuns(stateFolder: string, rules: LeftRunRules = RULES): Promise<number[]> {
  const runs = join(stateFolder, 'supervisor', 'runs');
  const folders = (await readdir(runs).catch(() => [])).map((name) => join(runs, name, 'run'));
  if (await areGoneWithin(folders, rules.graceMs)) return [];
  const living = folders.filter((folder) => processesOf(folder).length > 0);
  const killed = Promise.all(living.map(rules.kill)).catch(() => undefined);
  await Promise.race([killed, sleep(rules.killMs, undefined, { ref: false })]);
  await areGoneWithin(living, LOOK_MS);
  return living.flatMap(processesOf);
}

async function areGoneWithin(folders: readonly string[], timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (folders.some((folder) => processesOf(folder).length > 0)) {
    if (Date.now() >= deadline) return false;
    await sleep(LOOK_MS);
  }
  return true;
}

/** Pids of a run's shim and of everything that it started. */
function processesOf(runFolder: string): number[] {
  const claim = readClaim(runFolder);
  if (claim === null) return [];
  const members = runMembers(claim, readRun(runFolder)).map(({ pid }) => pid);
  return isAlive(claim) ? [claim.pid, ...members] : members;
}
