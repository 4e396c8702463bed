import type { LaunchRecord } from './order.js';

/** Reads a line of the launcher; null when it is none of its records (a crash prints plain text). Never throws. */
export function readRecord(line: Buffer): LaunchRecord | null {
  if (line[0] !== 0x7b) return null;
  try {
    const record = JSON.parse(line.toString('utf8')) as Readonly<Record<string, unknown>> | null;
    if (record === null || typeof record.at !== 'number' || !Number.isFinite(record.at)) return null;
    const isKnown = ['begin', 'out', 'err', 'end'].some((key) => typeof record[key] === 'string');
    return isKnown ? (record as unknown as LaunchRecord) : null;
  } catch {
    return null;
  }
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
