import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { bootId, diskBytes, listProcesses, memoryBytes, readProcess } from './processes.js';
import type { RunPlan } from '../../ports/engine.js';
import { startAhead } from './ahead.js';
import { joinGroups } from './join-groups.js';
import { RUN_MARK, readPlan, runFiles, type ClaimFile, type ExitFile, type RunFile } from './run-files.js';

/*
 * Program: `node shim.js [folder]`; without it the folder is the line that comes on stdin, and with `--ahead <AheadStart>` what that
 * describes is started before. Runs the plan of the folder in a session of its own and outlives the supervisor, so that the output and the exit
 * code are on disk whoever dies.
 */
const FIRST_SAMPLE_MS = 50;
const LAST_SAMPLE_MS = 1000;
/** Linux reports process times in units of 1/100 s on every architecture Node runs on. */
const TICK_MS = 10;

const [, , given, description] = process.argv;
const waiting = given === '--ahead' ? startAhead(description) : null;
const folder = given === undefined || given === '--ahead' ? readFileSync(0, 'utf8').trim() : given;
const files = runFiles(folder);
const plan = folder === '' ? null : readPlan(folder);

if (plan === null) waiting?.end();
else main();

function main(): void {
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => {});
  const own = readProcess(process.pid);
  const claim: ClaimFile = {
    pid: process.pid,
    startTime: own?.startTime ?? '',
    bootId: bootId(),
    mark: waiting?.mark ?? randomUUID(),
  };
  if (writeOnce(files.claim, claim)) runPlan(claim);
  else waiting?.end();
}

function runPlan(claim: ClaimFile): void {
  if (plan === null) return;
  const startedMs = performance.now();
  let peak: number | null = null;
  let sampler: NodeJS.Timeout | undefined;
  const child = begin(plan);
  if (child === null) return;
  const diskBefore = diskBytes('self');
  const sample = (pid: number, nextMs: number): void => {
    peak = larger(peak, groupMemory(pid));
    sampler = setTimeout(() => sample(pid, Math.min(nextMs * 2, LAST_SAMPLE_MS)), nextMs);
  };

  child.once('error', (error) => {
    if (child.pid === undefined) end({ startError: error.message });
  });
  child.once('exit', (exitCode, signal) => {
    killGroup(child.pid);
    const disk = diskBytes('self');
    end({
      exitCode,
      signal,
      durationMs: Math.round(performance.now() - startedMs),
      peakMemoryBytes: peak,
      cpuMs: reapedCpuMs(),
      diskReadBytes: disk && diskBefore && disk.readBytes - diskBefore.readBytes,
      diskWriteBytes: disk && diskBefore && disk.writeBytes - diskBefore.writeBytes,
    });
  });
  if (child.pid !== undefined) {
    const run: RunFile = {
      pid: child.pid,
      startTime: readProcess(child.pid)?.startTime ?? '',
      bootId: claim.bootId,
      startedAt: new Date().toISOString(),
    };
    writeOnce(files.run, run);
    // To look through all processes takes time that the start of this one needs.
    peak = memoryBytes(child.pid, 'VmHWM');
    sampler = setTimeout(sample, FIRST_SAMPLE_MS, child.pid, 2 * FIRST_SAMPLE_MS);
  }

  /** Null when it failed, which is written down then. */
  function begin(plan: RunPlan): ChildProcess | null {
    try {
      return waiting?.tell(plan, files) ?? start(plan, claim.mark);
    } catch (error) {
      end({ startError: `its control group cannot be joined: ${String(error)}` });
      return null;
    }
  }

  function end(known: Partial<ExitFile>): void {
    clearTimeout(sampler);
    for (const file of [files.stdout, files.stderr]) syncFile(file);
    const exit: ExitFile = {
      exitCode: null,
      signal: null,
      finishedAt: new Date().toISOString(),
      startError: null,
      durationMs: null,
      peakMemoryBytes: null,
      cpuMs: null,
      diskReadBytes: null,
      diskWriteBytes: null,
      ...known,
    };
    renameSync(writeSynced(files.exit, exit), files.exit);
    syncFolder();
  }
}

/** Raises where it cannot join its control groups. */
function start(plan: RunPlan, mark: string): ChildProcess {
  const [program, ...args] = plan.argv;
  const stdout = openSync(files.stdout, 'a', 0o600);
  const stderr = openSync(files.stderr, 'a', 0o600);
  const leaveGroups = joinGroups(plan.joins ?? []);
  const child = spawn(program, args, {
    cwd: plan.cwd,
    env: { ...plan.env, [RUN_MARK]: mark },
    stdio: ['ignore', stdout, stderr],
    detached: true,
  });
  leaveGroups();
  return child;
}

/** What the leader left behind in its group has no business after it. The number cannot be another group's this soon. */
function killGroup(group: number | undefined): void {
  try {
    if (group !== undefined) process.kill(-group, 'SIGKILL');
  } catch {
    return;
  }
}

/** What the group holds now, or what one process of it has held at most, whichever is more. */
function groupMemory(group: number): number | null {
  const members = listProcesses().filter((found) => found.group === group || found.session === group);
  const sizes = members.map((found) => memoryBytes(found.pid, 'VmRSS')).filter((size) => size !== null);
  const peaks = members.map((found) => memoryBytes(found.pid, 'VmHWM')).filter((size) => size !== null);
  return sizes.length === 0
    ? null
    : Math.max(
        sizes.reduce((sum, size) => sum + size, 0),
        ...peaks,
      );
}

function larger(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

function reapedCpuMs(): number | null {
  const own = readProcess(process.pid);
  return own && own.reapedTicks * TICK_MS;
}

/** False when the file is there already. Not synced: a process is nothing that a machine still has when it starts again. */
function writeOnce(file: string, content: object): boolean {
  const temporary = temporaryOf(file);
  writeFileSync(temporary, JSON.stringify(content), { mode: 0o600 });
  try {
    linkSync(temporary, file);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function temporaryOf(file: string): string {
  return path.join(folder, `.${path.basename(file)}.${process.pid}`);
}

function writeSynced(file: string, content: object): string {
  const temporary = temporaryOf(file);
  const fd = openSync(temporary, 'w', 0o600);
  writeSync(fd, JSON.stringify(content));
  fsyncSync(fd);
  closeSync(fd);
  return temporary;
}

function syncFolder(): void {
  syncFile(folder);
}

/** Nothing to sync where there is none: the run never began. */
function syncFile(file: string): void {
  try {
    const fd = openSync(file, 'r');
    fsyncSync(fd);
    closeSync(fd);
  } catch {
    return;
  }
}
