import { randomUUID } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { KilnError } from '../../domain/errors.js';
import type { RunEnd, RunPlan } from '../../ports/engine.js';
import type { RunHandle, Runner, RunUsage } from '../../ports/runner.js';
import { watchFor } from './folder-changes.js';
import { isAlive, runMembers, signalIdentity, signalProcess } from './members.js';
import { liveUsage } from './live-usage.js';
import { exitUsage, readRunEnd } from './run-end.js';
import { readClaim, readExit, readPlan, readRun, runFiles } from './run-files.js';
import { Shims } from './shims.js';
import { thawProcess } from './thaw.js';

const RECHECK_MS = 1000;
const START_RECHECK_MS = 200;
const STOP_LOOK_MS = 20;
/** How long a shim may take to write down the end of its process. */
const SHIM_GRACE_MS = 5000;

export interface LocalRunnerOptions {
  /** The compiled shim; the one beside this file by default. */
  readonly shimPath?: string;
  /** For a host that builds: one shim more than there are runs is kept waiting, with this folder, on the disk of the runs, for what it has. */
  readonly spareFolder?: string;
}

/** Runs plans as processes of this host, each under a shim in a session of its own. Needs Linux (/proc). */
export function createLocalRunner(options: LocalRunnerOptions = {}): Runner {
  const shimPath = options.shimPath ?? fileURLToPath(new URL('./shim.js', import.meta.url));
  const shims = new Shims(shimPath, options.spareFolder ?? null);
  return {
    start: (folder, plan) => start(shims, folder, plan),
    find: (folder) => Promise.resolve(find(folder)),
    wait,
    hasEnded: (folder) => Promise.resolve(readExit(folder) !== null || vanished(folder)),
    stop,
    usage: (folder) => Promise.resolve(usage(folder)),
  };
}

async function start(shims: Shims, folder: string, plan: RunPlan): Promise<RunHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (readClaim(folder) === null) {
    // Two shims may be started at once; the one that writes claim.json first runs the plan, the other one leaves.
    await writePlan(folder, plan, () => shims.launch(folder, plan));
  }
  const deadlineMs = Date.now() + 30_000;
  const begun = await watchFor(
    folder,
    () => {
      const exit = readExit(folder);
      if (exit?.startError) return { error: exit.startError };
      const run = readRun(folder);
      if (run !== null) return { handle: { pid: run.pid, startTime: run.startTime } };
      return shimIsGone(folder) || Date.now() > deadlineMs ? { error: 'the shim did not start it' } : null;
    },
    { files: ['run.json', 'exit.json'], recheckMs: START_RECHECK_MS },
  );
  if (begun?.handle) return begun.handle;
  throw new KilnError('program_missing', {
    message: `The program ${path.basename(plan.argv[0])} could not be started.`,
    detail: `${plan.argv[0]}: ${begun?.error ?? ''}`,
  });
}

function find(folder: string): RunHandle | null {
  const found = readRun(folder) ?? readClaim(folder);
  return found && { pid: found.pid, startTime: found.startTime };
}

async function wait(folder: string, signal?: AbortSignal): Promise<RunEnd | null> {
  const end = await watchFor(folder, () => readExit(folder) ?? (vanished(folder) ? 'vanished' : null), {
    files: ['exit.json'],
    recheckMs: RECHECK_MS,
    signal,
  });
  signal?.throwIfAborted();
  const plan = readPlan(folder);
  // The shim may have written the record between the two looks that found it gone.
  const exit = end === 'vanished' ? readExit(folder) : end;
  return exit === null || plan === null ? null : readRunEnd(plan, exit);
}

async function stop(folder: string, graceMs: number): Promise<void> {
  const claim = readClaim(folder);
  if (claim === null) return;
  const graceEndsMs = Date.now() + graceMs;
  const asked = new Set<number>();
  for (;;) {
    const members = runMembers(claim, readRun(folder));
    // A run that ended by itself is over with its record; of one that is ended here, the shim goes too.
    const isOver = !isAlive(claim) || (asked.size === 0 && readExit(folder) !== null);
    if (members.length === 0 && isOver) return;
    if (members.length === 0 && Date.now() > graceEndsMs + SHIM_GRACE_MS) signalIdentity(claim, 'SIGKILL');
    const force = Date.now() >= graceEndsMs;
    for (const member of members) {
      thawProcess(member.pid);
      if (force) signalProcess(member, 'SIGKILL');
      else if (!asked.has(member.pid)) signalProcess(member, 'SIGTERM');
      asked.add(member.pid);
    }
    await sleep(STOP_LOOK_MS);
  }
}

function usage(folder: string): RunUsage {
  const exit = readExit(folder);
  if (exit !== null) return exitUsage(exit);
  const claim = readClaim(folder);
  return liveUsage(claim === null ? [] : runMembers(claim, readRun(folder)), readRun(folder));
}

function shimIsGone(folder: string): boolean {
  const claim = readClaim(folder);
  return claim !== null && !isAlive(claim);
}

function vanished(folder: string): boolean {
  const claim = readClaim(folder);
  const run = readRun(folder);
  if (claim === null) return true;
  return !isAlive(claim) && (run === null || !isAlive(run));
}

/** Whoever reads the plan after the end of the run finds it whole: it is on the disk when this resolves. */
async function writePlan(folder: string, plan: RunPlan, onReadable: () => void): Promise<void> {
  const files = runFiles(folder);
  const temporary = `${files.plan}.${randomUUID()}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(plan));
    await rename(temporary, files.plan);
    onReadable();
    await handle.sync();
  } finally {
    await handle.close();
  }
}
