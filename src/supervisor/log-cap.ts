import type { EffectiveLimits } from '../domain/limits/effective-limits.js';
import { formatBytes } from '../domain/format-bytes.js';
import { howToRaise, namedLimit } from '../domain/limits/how-to-raise.js';
import type { LogLine } from './log-lines.js';

/** How much of a log is kept: its beginning and its end. */
export type LogCapLimits = Pick<EffectiveLimits, 'log_head_bytes' | 'log_tail_bytes'>;

/** Lets the head of a log through, keeps its tail back, and says what was cut between them. Deterministic. */
export class LogCap {
  #headBytes = 0;
  #headFull = false;
  #tail: LogLine[] = [];
  #tailFrom = 0;
  #tailBytes = 0;
  #cutLines = 0;
  #cutBytes = 0;

  constructor(private readonly limits: LogCapLimits) {}

  /** What may be written now. */
  push(line: LogLine): LogLine[] {
    if (!this.#headFull && this.#headBytes + line.bytes.length <= this.limits.log_head_bytes.value) {
      this.#headBytes += line.bytes.length;
      return [line];
    }
    this.#headFull = true;
    this.#tail.push({ ...line, bytes: Buffer.from(line.bytes) });
    this.#tailBytes += line.bytes.length;
    while (this.#tailBytes > this.limits.log_tail_bytes.value) this.#dropOldest();
    return [];
  }

  /** The rest, once the log is over. */
  end(): LogLine[] {
    const tail = this.#tail.slice(this.#tailFrom);
    this.#tail = [];
    if (this.note === null) return tail;
    return [{ stepNumber: null, level: 'WARN', bytes: Buffer.from(`[kiln] ${this.note}\n`) }, ...tail];
  }

  /** What was cut; null when nothing was. */
  get note(): string | null {
    if (this.#cutLines === 0) return null;
    const { log_head_bytes: head, log_tail_bytes: tail } = this.limits;
    const limits = `${namedLimit('log_head_bytes', head)} and ${namedLimit('log_tail_bytes', tail)}`;
    return `${this.#cutLines} lines (${formatBytes(this.#cutBytes)}) were cut here: the log is longer than ${limits} together. ${howToRaise('log_head_bytes', head)}`;
  }

  #dropOldest(): void {
    const line = this.#tail[this.#tailFrom];
    if (line === undefined) return;
    this.#tailFrom += 1;
    this.#tailBytes -= line.bytes.length;
    this.#cutLines += 1;
    this.#cutBytes += line.bytes.length;
    if (this.#tailFrom < 4096) return;
    this.#tail = this.#tail.slice(this.#tailFrom);
    this.#tailFrom = 0;
  }
}
