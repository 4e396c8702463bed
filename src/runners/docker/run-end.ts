import type { RunEnd } from '../../ports/engine.js';
import { readOutputs } from '../runs/read-outputs.js';
import { readJson, runFiles, type ExitFile, type PlanFile } from './run-files.js';

/** The end of a run with the files it left behind. Null where its end or its plan is not known, or it was lost. */
export async function readEnd(folder: string, exit: ExitFile | null): Promise<RunEnd | null> {
  const plan = await readJson<PlanFile>(runFiles(folder).plan);
  if (exit === null || exit.isLost === true || plan === null) return null;
  const { exitCode, signal, isOutOfMemory } = exit;
  const outputs = await readOutputs(plan.outputs);
  return { exitCode, signal, outputs, ...(isOutOfMemory && { isOutOfMemory }) };
}
