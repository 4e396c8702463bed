import type { RunEnd, RunPlan } from '../../ports/engine.js';
import type { RunUsage } from '../../ports/runner.js';
import { readOutputs } from '../runs/read-outputs.js';
import type { ExitFile } from './run-files.js';

/** The end of a run with the files it left behind. */
export async function readRunEnd(plan: RunPlan, exit: ExitFile): Promise<RunEnd> {
  return { exitCode: exit.exitCode, signal: exit.signal, outputs: await readOutputs(plan.outputs) };
}

/** What the exit record measured. */
export function exitUsage(exit: ExitFile): RunUsage {
  const { cpuMs, durationMs } = exit;
  return {
    peakMemoryBytes: exit.peakMemoryBytes,
    cpuUsagePercent: cpuMs === null || !durationMs ? null : Math.round((cpuMs / durationMs) * 1000) / 10,
    diskReadBytes: exit.diskReadBytes,
    diskWriteBytes: exit.diskWriteBytes,
    durationMs,
  };
}
