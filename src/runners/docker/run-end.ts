import { open } from 'node:fs/promises';
import type { RunEnd } from '../../ports/engine.js';
import { readJson, runFiles, type ExitFile, type PlanFile } from './run-files.js';

const MAX_OUTPUT_FILE_BYTES = 4 * 1024 * 1024;

/** The end of a run with the files it left behind; a file larger than 4 MiB is cut. Null where its end or its plan is not known, or it was lost. */
export async function readEnd(folder: string, exit: ExitFile | null): Promise<RunEnd | null> {
  const plan = await readJson<PlanFile>(runFiles(folder).plan);
  if (exit === null || exit.isLost === true || plan === null) return null;
  const outputs: Record<string, string | null> = {};
  for (const file of plan.outputs) outputs[file] = await readStart(file);
  const { exitCode, signal, isOutOfMemory } = exit;
  return { exitCode, signal, outputs, ...(isOutOfMemory && { isOutOfMemory }) };
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
