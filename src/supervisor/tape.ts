import type { LogLevel, OutputStream } from '../ports/engine.js';
import { AppendFile } from './append-file.js';

/**
 * What went into a run's log, in order. Output itself stays in the runner's files; the tape says in which portions the
 * two streams were read, so that reading them again gives the same order of lines.
 */
export type TapeEntry =
  | { readonly kind: 'output'; readonly stream: OutputStream; readonly bytes: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'line'; readonly key: string; readonly level: LogLevel; readonly text: string };

export class Tape {
  readonly #keys = new Set<string>();

  private constructor(
    private readonly file: AppendFile,
    /** What was on the tape when it was opened. */
    readonly recorded: readonly TapeEntry[],
  ) {
    for (const entry of recorded) if (entry.kind === 'line') this.#keys.add(entry.key);
  }

  static async open(path: string): Promise<Tape> {
    const recorded: TapeEntry[] = [];
    const file = await AppendFile.open<TapeEntry>(path, (entry) => recorded.push(entry));
    return new Tape(file, recorded);
  }

  /** Whether a line with this key was written before. */
  has(key: string): boolean {
    return this.#keys.has(key);
  }

  async append(entry: TapeEntry): Promise<void> {
    if (entry.kind === 'line') this.#keys.add(entry.key);
    await this.file.append([entry]);
  }

  sync(): Promise<void> {
    return this.file.sync();
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
