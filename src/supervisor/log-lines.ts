import type { LogLevel, OutputStream } from '../ports/engine.js';
import { StreamMasker } from './masking.js';
import type { Masks } from './masks.js';

/** One masked line of the log with its newline; a piece of an overlong line has none. */
export interface LogLine {
  readonly stepNumber: number | null;
  readonly level: LogLevel;
  readonly bytes: Buffer;
}

export interface LogPart {
  readonly stepNumber: number | null;
  readonly stream: OutputStream;
  readonly level: LogLevel;
  readonly bytes: Uint8Array;
}

interface Partial {
  readonly stepNumber: number | null;
  readonly level: LogLevel;
  readonly masker: StreamMasker;
  pending: Buffer;
}

const NEWLINE = 10;

/** Puts masked lines together, for each step, stream and level apart. Deterministic however the bytes are split. */
export class LineAssembler {
  readonly #partials = new Map<string, Partial>();

  constructor(
    private readonly masks: Masks,
    private readonly maxLineBytes: number,
  ) {}

  /** The lines that became whole. */
  push(part: LogPart): LogLine[] {
    const key = `${part.stepNumber}/${part.stream}/${part.level}`;
    let partial = this.#partials.get(key);
    if (partial === undefined) {
      const { stepNumber, level } = part;
      partial = { stepNumber, level, masker: new StreamMasker(this.masks), pending: Buffer.alloc(0) };
      this.#partials.set(key, partial);
    }
    return this.#cut(partial, partial.masker.push(part.bytes));
  }

  /** Ends the lines of one step (or of everything, without a number); a last line without a newline gets one. */
  end(stepNumber?: number | null): LogLine[] {
    const lines: LogLine[] = [];
    for (const [key, partial] of this.#partials) {
      if (stepNumber !== undefined && partial.stepNumber !== stepNumber) continue;
      lines.push(...this.#cut(partial, partial.masker.end()));
      if (partial.pending.length > 0)
        lines.push(lineOf(partial, Buffer.concat([partial.pending, Buffer.from('\n')])));
      this.#partials.delete(key);
    }
    return lines;
  }

  #cut(partial: Partial, bytes: Buffer): LogLine[] {
    const lines: LogLine[] = [];
    let rest = partial.pending.length === 0 ? bytes : Buffer.concat([partial.pending, bytes]);
    for (;;) {
      const newline = rest.indexOf(NEWLINE);
      const end = newline < 0 ? rest.length : newline + 1;
      if (newline < 0 && end < this.maxLineBytes) break;
      const size = Math.min(end, this.maxLineBytes);
      lines.push(lineOf(partial, rest.subarray(0, size)));
      rest = rest.subarray(size);
      if (rest.length === 0) break;
    }
    partial.pending = Buffer.from(rest);
    return lines;
  }
}

function lineOf({ stepNumber, level }: Partial, bytes: Buffer): LogLine {
  return { stepNumber, level, bytes };
}
