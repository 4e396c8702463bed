import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DrillResult } from './drill.js';

/** Writes `evidence.json` beside `history.jsonl`: all that the checks judged but the history, the faults that struck, and what was found. */
export function writeEvidence(folder: string, { evidence, ...found }: DrillResult): void {
  const { history: _, ...rest } = evidence;
  writeFileSync(join(folder, 'evidence.json'), `${JSON.stringify({ ...found, ...rest }, null, 1)}\n`);
}
