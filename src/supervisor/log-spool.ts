import { createHash } from 'node:crypto';
import type { LogChunkIn, LogSeal } from '../contracts/supervisor.js';
import { AppendFile } from './append-file.js';
import type { LogLine } from './log-lines.js';

export interface SpoolLimits {
  readonly chunkBytes: number;
  readonly chunkLines: number;
  readonly chunkWaitMs: number;
}

interface Pending {
  readonly stepNumber: number | null;
  readonly level: LogLine['level'];
  readonly startedAt: string;
  lines: Buffer[];
  bytes: number;
}

const MAX_QUEUE_BYTES = 1024 * 1024;

/**
 * Cuts the log into numbered chunks of lines of one step and level, and keeps them on disk: what was not fsynced is not
 * uploaded. After a restart the same lines come again and those that already are on disk are skipped.
 */
export class LogSpool {
  readonly #hash = createHash('sha256');
  readonly #replayHash = createHash('sha256');
  #chunks = 0;
  #lines = 0;
  #bytes = 0;
  #linesToSkip = 0;
  #skippedDigest: string | null = null;
  #pending: Pending | null = null;
  readonly #queue: LogChunkIn[] = [];
  #queueBytes = 0;
  #writing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #failure: unknown = null;
  #differs = false;

  private constructor(
    private readonly limits: SpoolLimits,
    private readonly beforeWrite: () => Promise<void>,
    private readonly onDurable: () => void,
  ) {}

  /** `beforeWrite` makes durable what the lines were made of; `onDurable` is called after each fsync. */
  static async open(
    path: string,
    limits: SpoolLimits,
    hooks: { beforeWrite: () => Promise<void>; onDurable: () => void },
  ): Promise<LogSpool> {
    const spool = new LogSpool(limits, hooks.beforeWrite, hooks.onDurable);
    spool.#file = await AppendFile.open<LogChunkIn>(path, (chunk) => {
      const bytes = Buffer.from(chunk.content_base64, 'base64');
      spool.#hash.update(bytes);
      spool.#chunks += 1;
      spool.#lines += chunk.line_count;
      spool.#bytes += bytes.length;
    });
    spool.#linesToSkip = spool.#lines;
    spool.#skippedDigest = spool.#hash.copy().digest('hex');
    return spool;
  }

  #file!: AppendFile;

  /** The chunks on disk, one JSON document per line. */
  get file(): AppendFile {
    return this.#file;
  }

  add(line: LogLine): void {
    if (this.#linesToSkip > 0) {
      this.#skip(line);
      return;
    }
    const pending = this.#pending;
    const fits =
      pending !== null &&
      pending.stepNumber === line.stepNumber &&
      pending.level === line.level &&
      pending.lines.length < this.limits.chunkLines &&
      pending.bytes + line.bytes.length <= this.limits.chunkBytes;
    if (!fits) this.#cut();
    this.#pending ??= this.#begin(line);
    this.#pending.lines.push(line.bytes);
    this.#pending.bytes += line.bytes.length;
  }

  /** Waits while more is queued than should lie in memory. */
  async ready(): Promise<void> {
    if (this.#queueBytes > MAX_QUEUE_BYTES) await this.#writing;
    if (this.#failure !== null) throw this.#failure;
  }

  /** Everything added so far is on disk when this resolves; what could not be written before is tried again. */
  async flush(): Promise<void> {
    this.#cut();
    if (this.#failure !== null) this.#writing ??= this.#write();
    await this.#writing;
    if (this.#failure !== null) throw this.#failure;
  }

  async seal(note: string | null): Promise<LogSeal> {
    await this.flush();
    const differs =
      'The log was read again after a restart and came out differently; parts may repeat or lack.';
    return {
      chunks: this.#chunks,
      lines: this.#lines,
      bytes: this.#bytes,
      sha256: this.#hash.copy().digest('hex'),
      note: this.#differs ? [note, differs].filter(Boolean).join(' ') : note,
    };
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#writing;
    await this.#file.close();
  }

  #begin(line: LogLine): Pending {
    this.#timer = setTimeout(() => this.#cut(), this.limits.chunkWaitMs);
    const { stepNumber, level } = line;
    return { stepNumber, level, startedAt: new Date().toISOString(), lines: [], bytes: 0 };
  }

  #skip(line: LogLine): void {
    this.#replayHash.update(line.bytes);
    this.#linesToSkip -= 1;
    if (this.#linesToSkip === 0) this.#differs = this.#replayHash.digest('hex') !== this.#skippedDigest;
  }

  #cut(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const pending = this.#pending;
    if (pending === null) return;
    this.#pending = null;
    const content = Buffer.concat(pending.lines);
    this.#queue.push({
      chunk: this.#chunks,
      step_number: pending.stepNumber,
      log_level: pending.level,
      first_line: this.#lines + 1,
      line_count: pending.lines.length,
      offset_bytes: this.#bytes,
      logged_at: pending.startedAt,
      content_base64: content.toString('base64'),
    });
    this.#hash.update(content);
    this.#chunks += 1;
    this.#lines += pending.lines.length;
    this.#bytes += content.length;
    this.#queueBytes += content.length;
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    this.#failure = null;
    try {
      do {
        await this.beforeWrite();
        const batch = [...this.#queue];
        const batchBytes = this.#queueBytes;
        await this.#file.append(batch);
        this.#queue.splice(0, batch.length);
        this.#queueBytes -= batchBytes;
        await this.#file.sync();
        this.onDurable();
      } while (this.#queue.length > 0);
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#writing = null;
    }
  }
}
