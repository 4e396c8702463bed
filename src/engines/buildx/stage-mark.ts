import type { StageRunName } from './order.js';

/** A line that the launcher prints before each run of buildctl where there are several; no step can print one, since BuildKit wraps what steps print. */
export function stageMark(run: StageRunName | 'image'): string {
  return JSON.stringify({ 'kiln.stages': run });
}

/** The run that begins with a line; null for any other line. */
export function readStageMark(line: Buffer): StageRunName | 'image' | null {
  const text = line.length < 100 ? line.toString('latin1') : '';
  return (['tests', 'image', 'artifacts'] as const).find((run) => text === stageMark(run)) ?? null;
}
