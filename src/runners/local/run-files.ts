import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RunPlan } from '../../ports/engine.js';

/** A process that is known beyond its number. */
export interface Identity {
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
}

/** claim.json: the shim that owns the folder. Written once, by whoever comes first. */
export interface ClaimFile extends Identity {
  /** Value of KILN_RUN in the environment of every process of the run. */
  readonly mark: string;
}

/** run.json: the started process; it leads its own session and process group. */
export interface RunFile extends Identity {
  readonly startedAt: string;
}

/** exit.json: how the process ended. CPU and disk include every reaped descendant. */
export interface ExitFile {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly finishedAt: string;
  /** Set when the program could not be started at all. */
  readonly startError: string | null;
  readonly durationMs: number | null;
  readonly peakMemoryBytes: number | null;
  readonly cpuMs: number | null;
  readonly diskReadBytes: number | null;
  readonly diskWriteBytes: number | null;
}

/** Name of the environment variable that marks the processes of a run. */
export const RUN_MARK = 'KILN_RUN';

/** Where the parts of a run lie inside its folder. */
export function runFiles(folder: string) {
  const at = (name: string): string => path.join(folder, name);
  return {
    plan: at('plan.json'),
    claim: at('claim.json'),
    run: at('run.json'),
    exit: at('exit.json'),
    stdout: at('stdout'),
    stderr: at('stderr'),
  };
}

export const readPlan = (folder: string): RunPlan | null => readJson(runFiles(folder).plan);
export const readClaim = (folder: string): ClaimFile | null => readJson(runFiles(folder).claim);
export const readRun = (folder: string): RunFile | null => readJson(runFiles(folder).run);
export const readExit = (folder: string): ExitFile | null => readJson(runFiles(folder).exit);

/** Null when absent. The files appear whole (rename or link), so what is there can be parsed. */
function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return null;
  }
}
