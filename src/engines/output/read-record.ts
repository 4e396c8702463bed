import type { z } from 'zod';

/** A line of JSON that the schema takes; null for every other line (a crash prints plain text). Never throws. */
export function readRecordOf<T>(schema: z.ZodType<T>, line: Buffer): T | null {
  if (line[0] !== 0x7b) return null;
  try {
    return schema.safeParse(JSON.parse(line.toString('utf8'))).data ?? null;
  } catch {
    return null;
  }
}
