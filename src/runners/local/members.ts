import { bootId, carriesMark, listProcesses, readProcess, type ProcessInfo } from './processes.js';
import { RUN_MARK, type ClaimFile, type Identity, type RunFile } from './run-files.js';

/** Whether exactly this process (not a later one with its number) is still running. */
export function isAlive(identity: Identity): boolean {
  if (identity.bootId !== bootId()) return false;
  const found = readProcess(identity.pid);
  return found !== null && !found.ended && found.startTime === identity.startTime;
}

/**
 * The living processes of a run: whoever carries its mark (also in a session of its own), and, while the leader lives
 * and the numbers are therefore certain, its group, its session and all their descendants. The shim is not one of them.
 */
export function runMembers(claim: ClaimFile, run: RunFile | null): ProcessInfo[] {
  if (claim.bootId !== bootId()) return [];
  const all = listProcesses().filter((found) => found.pid !== claim.pid);
  const mark = `${RUN_MARK}=${claim.mark}`;
  const members = new Map<number, ProcessInfo>();
  const leads = run !== null && isAlive(run);
  for (const found of all) {
    const inGroup = leads && (found.group === run.pid || found.session === run.pid);
    // The shim has started all that carry it, and to read the environment of every process of the host takes time.
    const mayCarry = Number(found.startTime) >= Number(claim.startTime);
    if (inGroup || (mayCarry && carriesMark(found.pid, mark))) members.set(found.pid, found);
  }
  for (let grown = true; grown;) {
    grown = false;
    for (const found of all) {
      if (members.has(found.pid) || !members.has(found.parent)) continue;
      members.set(found.pid, found);
      grown = true;
    }
  }
  return [...members.values()];
}

/** Sends the signal to the process if it is still the same one. */
export function signalIdentity(identity: Identity, signal: NodeJS.Signals): void {
  const found = isAlive(identity) ? readProcess(identity.pid) : null;
  if (found !== null) signalProcess(found, signal);
}

/** Sends the signal to exactly this process; one that is gone, or whose number has a new owner, is left alone. */
export function signalProcess(target: ProcessInfo, signal: NodeJS.Signals): void {
  if (readProcess(target.pid)?.startTime !== target.startTime) return;
  try {
    process.kill(target.pid, signal);
  } catch {
    return;
  }
}
