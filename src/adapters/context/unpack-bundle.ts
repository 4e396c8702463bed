import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, open, symlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import { ByteReader } from '../../domain/contexts/byte-reader.js';
import type { ContextLimits, ContextList } from '../../domain/contexts/context-list.js';
import { type ContextFile, EMPTY_SHA256 } from '../../domain/contexts/entry.js';
import { MAX_LINE_BYTES, readContextList } from '../../domain/contexts/read-list.js';
import { KilnError } from '../../domain/errors.js';

export interface UnpackReport {
  readonly entries: number;
  readonly contentBytes: number;
}

/**
 * Unpacks what the api serves of a context (its list, an empty line, the distinct contents in order) into an empty folder of its
 * own. The list has the expected digest and is judged again before anything is written: nothing lands outside, no link leads out,
 * there are no devices, no setuid bits. Raises `digest_mismatch` where bytes are not those that were uploaded (a transfer that
 * broke included), else what the judge raises; what was written until then stays for the caller to remove.
 */
export async function unpackBundle(
  file: string,
  folder: string,
  sha256: string,
  limits: ContextLimits,
): Promise<UnpackReport> {
  await checkList(file, sha256);
  return reading(file, async (reader) => {
    const list = await readContextList(reader, limits);
    await writeTree(reader, list, folder, fractionOf(sha256));
    const isOver = await reader.line(0).then(
      (line) => line === null,
      () => false,
    );
    if (!isOver) throw new KilnError('digest_mismatch');
    return { entries: list.entries.length, contentBytes: list.sizeBytes };
  });
}

async function reading<T>(file: string, work: (reader: ByteReader) => Promise<T>): Promise<T> {
  const source = createReadStream(file, { highWaterMark: 256 * 1024 });
  try {
    return await work(new ByteReader(source as AsyncIterable<Uint8Array>));
  } finally {
    source.destroy();
  }
}

/** Before the list is judged: what was changed on its way is not judged by what it says. */
async function checkList(file: string, sha256: string): Promise<void> {
  const hash = createHash('sha256');
  await reading(file, async (reader) => {
    for (let line = await nextLine(reader); line.length > 0; line = await nextLine(reader))
      hash.update(line).update('\n');
  });
  if (hash.digest('hex') !== sha256) throw new KilnError('digest_mismatch');
}

async function nextLine(reader: ByteReader): Promise<Uint8Array> {
  const line = await reader.line(MAX_LINE_BYTES).catch(() => null);
  if (line === null) throw new KilnError('digest_mismatch', { detail: 'the list broke off' });
  return line;
}

/**
 * Part of a second that all times of a context share. BuildKit keeps the last context of a tenant and takes what has the size and the time of
 * before for unchanged, without a look at its bytes (moby/buildkit#2592); times come in whole seconds. Within a context none gets newer than
 * another by it, and layers hold whole seconds: less than half a second is gone whether a builder cuts or rounds.
 */
function fractionOf(sha256: string): number {
  return (Number.parseInt(sha256.slice(0, 12), 16) % 500_000) / 1_000_000;
}

/** Parents come first, and what they are cannot change any more: each path is in the list once. */
async function writeTree(
  reader: ByteReader,
  list: ContextList,
  folder: string,
  fraction: number,
): Promise<void> {
  const written = new Map<string, string>();
  const target = (entryPath: string): string => path.join(folder, entryPath);
  for (const entry of list.entries) {
    if (entry.kind === 'folder') await mkdir(target(entry.path), { mode: 0o700 });
    else if (entry.kind === 'file') await writeContent(reader, entry, target(entry.path), written);
  }
  for (const [link, to] of list.links) await symlink(to, target(link));
  /* From the end, so that a folder gets its time when all in it is written. */
  for (const entry of [...list.entries].reverse()) {
    if (entry.kind === 'link') continue;
    await chmod(target(entry.path), entry.kind === 'folder' ? entry.mode | 0o700 : entry.mode);
    const mtime = entry.mtime + (entry.kind === 'file' ? fraction : 0);
    await utimes(target(entry.path), mtime, mtime);
  }
}

async function writeContent(
  reader: ByteReader,
  { sha256, size }: ContextFile,
  target: string,
  written: Map<string, string>,
): Promise<void> {
  const first = written.get(sha256);
  if (first !== undefined) return copyFile(first, target);
  const hash = createHash('sha256');
  const handle = await open(target, 'wx', 0o600);
  try {
    for await (const part of reader.take(size)) {
      hash.update(part);
      await handle.writeFile(part);
    }
  } catch (error) {
    throw error instanceof KilnError ? new KilnError('digest_mismatch', { detail: error.message }) : error;
  } finally {
    await handle.close();
  }
  if (hash.digest('hex') !== sha256) throw new KilnError('digest_mismatch');
  if (sha256 !== EMPTY_SHA256) written.set(sha256, target);
}
