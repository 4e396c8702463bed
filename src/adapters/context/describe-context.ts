import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import {
  type ContextEntry,
  type ContextFile,
  EMPTY_SHA256,
  formatEntry,
} from '../../domain/contexts/entry.js';
import { unusable } from '../../domain/contexts/paths.js';
import type { HashCache } from './hash-cache.js';
import { listContext, type FoundEntry } from './list-context.js';

export interface DescribeOptions {
  /** Path of the Dockerfile inside the folder. */
  readonly dockerfile: string;
  readonly cache: HashCache;
  readonly signal?: AbortSignal;
  /** Files that are read so far, of how many, and their bytes. */
  readonly onFile?: (done: number, of: number, bytes: number) => void;
}

/** A folder as a build context: its list, and a file for each content. */
export interface DescribedContext {
  /** One line an entry; the context's identity is its digest. */
  readonly list: Buffer;
  readonly sha256: string;
  readonly entryCount: number;
  readonly fileCount: number;
  readonly sizeBytes: number;
  /** Where each distinct content is found, and how large it is. */
  readonly files: ReadonlyMap<string, { readonly path: string; readonly size: number }>;
}

const PERMISSIONS = 0o777;
const AT_ONCE = 8;

/**
 * Describes a folder without what `.dockerignore` leaves out. The same folder gives the same list. Raises `context_invalid` for a file
 * that cannot be read or changes meanwhile, `path_escapes_context` for a link that leads out.
 */
export async function describeContext(folder: string, options: DescribeOptions): Promise<DescribedContext> {
  const found = await listContext(folder, options.dockerfile);
  const digests = await hashAll(folder, found, options);
  await options.cache.save();
  const entries = found.map((entry) => toEntry(entry, digests));
  const list = Buffer.from(entries.map((entry) => `${formatEntry(entry)}\n`).join(''));
  const files = entries.filter((entry): entry is ContextFile => entry.kind === 'file');
  return {
    list,
    sha256: createHash('sha256').update(list).digest('hex'),
    entryCount: entries.length,
    fileCount: files.length,
    sizeBytes: files.reduce((sum, { size }) => sum + size, 0),
    files: new Map(
      files.map(({ sha256, size, path: name }) => [sha256, { path: path.join(folder, name), size }]),
    ),
  };
}

function toEntry(
  { path: name, stats, kind, linkTarget }: FoundEntry,
  digests: ReadonlyMap<string, string>,
): ContextEntry {
  if (kind === 'link') return { path: name, kind, target: linkTarget ?? '' };
  const mode = stats.mode & PERMISSIONS;
  const mtime = Math.max(0, Math.floor(stats.mtimeMs / 1000));
  if (kind === 'folder') return { path: name, kind, mode, mtime };
  return { path: name, kind, mode, mtime, size: stats.size, sha256: digests.get(name) ?? EMPTY_SHA256 };
}

async function hashAll(
  folder: string,
  entries: readonly FoundEntry[],
  { cache, signal, onFile }: DescribeOptions,
): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  const files = entries.filter(({ kind, stats }) => kind === 'file' && stats.size > 0);
  const waiting = files.values();
  // One file that cannot be used is enough: no other is read to its end for it.
  const failing = new AbortController();
  const ending = AbortSignal.any([failing.signal, ...(signal === undefined ? [] : [signal])]);
  let done = 0;
  let bytes = 0;
  const lane = async (): Promise<void> => {
    for (const { path: name, stats } of waiting) {
      ending.throwIfAborted();
      let sha256 = cache.get(name, stats);
      if (sha256 === null) {
        const startedMs = Date.now();
        sha256 = await hashFile(folder, name, stats.size, ending);
        cache.set(name, stats, sha256, startedMs);
      }
      ending.throwIfAborted();
      digests.set(name, sha256);
      onFile?.((done += 1), files.length, (bytes += stats.size));
    }
  };
  const lanes = Array.from({ length: AT_ONCE }, () => lane());
  await Promise.all(lanes).catch((error: unknown) => {
    failing.abort();
    throw error;
  });
  return digests;
}

async function hashFile(folder: string, name: string, size: number, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  let seen = 0;
  try {
    const parts = createReadStream(path.join(folder, name), { highWaterMark: 256 * 1024, signal });
    for await (const part of parts as AsyncIterable<Buffer>) {
      hash.update(part);
      seen += part.length;
    }
  } catch (error) {
    signal.throwIfAborted();
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw unusable(name, `cannot be read (${code}). Make it readable, or leave it out with .dockerignore`);
  }
  if (seen !== size) throw unusable(name, 'changed while it was read. Try again');
  return hash.digest('hex');
}
