import { open } from 'node:fs/promises';
import type { RunEnd, RunPlan } from '../../ports/engine.js';
import type { RunUsage } from '../../ports/runner.js';
import type { ExitFile } from './run-files.js';

const MAX_OUTPUT_FILE_BYTES = 4 * 1024 * 1024;

/** The end of a run with the files it left behind. A file larger than 4 MiB is cut. */
export async function readRunEnd(plan: RunPlan, exit: ExitFile): Promise<RunEnd> {
  const outputs: Record<string, string | null> = {};
  for (const file of plan.outputs) outputs[file] = await readStart(file);
  return { exitCode: exit.exitCode, signal: exit.signal, outputs };
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

async function readStart(file: string): Promise<string | null> {
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return null;
  try {
    const buffer = Buffer.alloc(Math.min((await handle.stat()).size, MAX_OUTPUT_FILE_BYTES));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
