import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';
import { unusable } from './entry-path.js';
import { listContext, type ContextEntry } from './list-context.js';

export interface PackOptions {
  /** Path of the Dockerfile inside the folder; `Dockerfile` when absent. */
  readonly dockerfile?: string;
  /** Bytes of the archive so far. */
  readonly onBytes?: (sentBytes: number) => void;
}

export interface PackedContext {
  /** The tar.gz. Errors of reading come out of it. */
  readonly stream: Readable;
  readonly entries: number;
  /** Bytes of all files, unpacked. */
  readonly contentBytes: number;
  /** Known when the stream has been read to its end. */
  readonly digest: Promise<PackedDigest>;
}

export interface PackedDigest {
  /** 64 hex digits. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

const GZIP_LEVEL = 4;
const PERMISSIONS = 0o777;

/**
 * Packs a folder as a build context. The same folder gives the same bytes: entries are sorted, owners are root, times
 * are those of the files in whole seconds.
 */
export async function packContext(folder: string, options: PackOptions = {}): Promise<PackedContext> {
  const entries = await listContext(folder, options.dockerfile ?? 'Dockerfile');
  const archive = pack();
  archive.on('error', () => undefined);
  const { stage, digest } = measuring(options.onBytes);
  const stream = stage;
  void pipeline(archive, createGzip({ level: GZIP_LEVEL }), stage).catch(() => undefined);
  void addAll(archive, folder, entries).catch((error: unknown) => stage.destroy(error as Error));
  const contentBytes = entries.reduce((sum, { kind, stats }) => sum + (kind === 'file' ? stats.size : 0), 0);
  return { stream, entries: entries.length, contentBytes, digest };
}

async function addAll(archive: Pack, folder: string, entries: readonly ContextEntry[]): Promise<void> {
  for (const entry of entries) await add(archive, folder, entry);
  archive.finalize();
}

async function add(archive: Pack, folder: string, entry: ContextEntry): Promise<void> {
  const { stats, kind } = entry;
  const header = {
    name: kind === 'folder' ? `${entry.path}/` : entry.path,
    mode: kind === 'link' ? PERMISSIONS : stats.mode & PERMISSIONS,
    mtime: new Date(Math.floor(stats.mtimeMs / 1000) * 1000),
    uid: 0,
    gid: 0,
  };
  if (kind === 'folder') archive.entry({ ...header, type: 'directory' });
  else if (kind === 'link') archive.entry({ ...header, type: 'symlink', linkname: entry.linkTarget ?? '' });
  else await addFile(archive, path.join(folder, entry.path), entry, header);
}

async function addFile(
  archive: Pack,
  file: string,
  entry: ContextEntry,
  header: { name: string; mode: number; mtime: Date; uid: number; gid: number },
): Promise<void> {
  const { size } = entry.stats;
  if (size === 0) {
    archive.entry({ ...header, type: 'file', size: 0 }, Buffer.alloc(0));
    return;
  }
  const sink = archive.entry({ ...header, type: 'file', size });
  // What goes wrong is told by the stream that the caller reads; this end of it only goes away.
  sink.on('error', () => undefined);
  let sentBytes = 0;
  try {
    for await (const part of createReadStream(file, { end: size - 1 }) as AsyncIterable<Buffer>) {
      sentBytes += part.length;
      if (!sink.write(part)) await roomIn(sink);
      if (sink.destroyed) return;
    }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw unusable(
      entry.path,
      `cannot be read (${code}). Make it readable, or leave it out with .dockerignore`,
    );
  }
  if (sentBytes !== size) throw unusable(entry.path, 'changed while it was packed. Try again');
  sink.end(undefined);
}

/** Resolves when the sink takes more, or is gone. */
async function roomIn(sink: NodeJS.WritableStream): Promise<void> {
  await new Promise<void>((resolve) => {
    const go = (): void => {
      sink.off('drain', go).off('close', go);
      resolve();
    };
    sink.on('drain', go).on('close', go);
  });
}

function measuring(onBytes?: (sentBytes: number) => void): {
  stage: Transform;
  digest: Promise<PackedDigest>;
} {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const stage = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      onBytes?.(sizeBytes);
      done(null, chunk);
    },
  });
  const digest = new Promise<PackedDigest>((resolve, reject) => {
    stage.once('end', () => resolve({ sha256: hash.digest('hex'), sizeBytes }));
    stage.once('error', reject);
  });
  digest.catch(() => undefined);
  return { stage, digest };
}
