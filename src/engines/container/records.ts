import { z } from 'zod';
import { readRecordOf } from '../output/read-record.js';
import type { LaunchRecord } from './order.js';

/** Milliseconds since 1970 that a Date can hold. */
const time = z.number().min(0).max(8.64e15);
const phase = z.enum(['pull', 'build', 'push']);

const record: z.ZodType<LaunchRecord> = z.union([
  z.object({ at: time, begin: phase, image: z.string().nullable() }),
  z.object({ at: time, out: z.string() }),
  z.object({ at: time, err: z.string() }),
  z.object({ at: time, end: phase, exitCode: z.number().nullable(), signal: z.string().nullable() }),
]);

/** Reads a line of the launcher; null when it is none of its records (a crash prints plain text). Never throws. */
export function readRecord(line: Buffer): LaunchRecord | null {
  return readRecordOf(record, line);
}

/** A line with which buildah begins an instruction. `before` is what stood in front of it: the end of an output without a newline. */
export interface StepLine {
  readonly before: string;
  /** Null in a Dockerfile of one stage. */
  readonly stage: number | null;
  readonly position: number;
  readonly total: number;
  readonly instruction: string;
}

/** Reads a line of buildah (1.43, recorded in test/engines/container/fixtures), in every way that it can be read; most have none. */
export function readStepLines(text: string): StepLine[] {
  return [...text.matchAll(/(?:\[(\d+)\/\d+\] )?STEP (\d+)\/(\d+): /g)].map((match) => {
    const [mark, stage, position, total] = match;
    return {
      before: text.slice(0, match.index),
      stage: stage === undefined ? null : Number(stage),
      position: Number(position),
      total: Number(total),
      instruction: text.slice(match.index + mark.length),
    };
  });
}

/** Whether buildah says that it takes the layer of the last instruction from an earlier build. */
export function isCachedLine(text: string): boolean {
  return /^--> Using cache [0-9a-f]{64}$/.test(text);
}
