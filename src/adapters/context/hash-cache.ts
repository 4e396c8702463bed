import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import path from 'node:path';

/** A file that changed less than this before it was hashed may change again without a new time: its digest is not kept. */
const RACY_MS = 2_000;

type Kept = readonly [size: number, mtimeMs: number, ctimeMs: number, ino: number, sha256: string];

/**
 * Digests of the files of one folder, as they were: a file whose size, times and inode are still the same is not read again. A
 * cache that cannot be read or written is none; it never makes a build fail.
 */
export class HashCache {
  readonly #fresh: Record<string, Kept> = {};

  private constructor(
    private readonly file: string | null,
    private readonly before: Readonly<Record<string, Kept>>,
  ) {}

  /** Opens the cache file; null: nothing is remembered. */
  static async open(file: string | null): Promise<HashCache> {
    if (file === null) return new HashCache(null, {});
    try {
      const value: unknown = JSON.parse(await readFile(file, 'utf8'));
      return new HashCache(file, (value ?? {}) as Record<string, Kept>);
    } catch {
      return new HashCache(file, {});
    }
  }

  get(name: string, stats: Stats): string | null {
    const kept = Object.hasOwn(this.before, name) ? this.before[name] : undefined;
    if (!Array.isArray(kept)) return null;
    const [size, mtimeMs, ctimeMs, ino, sha256] = kept as unknown as Kept;
    const isSame =
      size === stats.size && mtimeMs === stats.mtimeMs && ctimeMs === stats.ctimeMs && ino === stats.ino;
    if (!isSame || !/^[0-9a-f]{64}$/.test(sha256)) return null;
    this.#fresh[name] = [size, mtimeMs, ctimeMs, ino, sha256];
    return sha256;
  }

  /** `hashedAtMs`: when the reading of the file began. */
  set(name: string, stats: Stats, sha256: string, hashedAtMs: number): void {
    if (stats.ctimeMs > hashedAtMs - RACY_MS) return;
    this.#fresh[name] = [stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino, sha256];
  }

  /** Keeps what this run has seen, and nothing else. */
  async save(): Promise<void> {
    if (this.file === null) return;
    try {
      await mkdir(path.dirname(this.file), { recursive: true, mode: 0o700 });
      const temporary = `${this.file}.${process.pid}`;
      await writeFile(temporary, JSON.stringify(this.#fresh), { mode: 0o600 });
      await rename(temporary, this.file);
    } catch {
      /* The next build reads the files again. */
    }
  }
}
