import { setTimeout as sleep } from 'node:timers/promises';
import { isSameProcess } from '../process-identity.js';

export interface StopRules {
  /** The signal that asks the program to end in order. */
  readonly signal: NodeJS.Signals;
  /** How long it may take before SIGKILL. */
  readonly graceMs: number;
}

/**
 * Ends a process that leads a process group: asks first, then kills the whole group. Returns when it is gone. A
 * process with the same pid but another start time is left alone.
 */
export async function stopProcess(
  identity: { readonly pid: number; readonly startTime: string },
  rules: StopRules,
): Promise<void> {
  if (!isSameProcess(identity)) return;
  signalQuietly(identity.pid, rules.signal);
  if (!(await isGoneWithin(identity, rules.graceMs))) {
    signalQuietly(-identity.pid, 'SIGKILL');
    signalQuietly(identity.pid, 'SIGKILL');
    await isGoneWithin(identity, 10_000);
  }
}

// The process may belong to an earlier Kiln, so no exit event of it reaches this one: its start time is looked at.
async function isGoneWithin(
  identity: { readonly pid: number; readonly startTime: string },
  timeoutMs: number,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isSameProcess(identity)) {
    if (Date.now() >= deadline) return false;
    await sleep(25);
  }
  return true;
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in this moment.
  }
}
