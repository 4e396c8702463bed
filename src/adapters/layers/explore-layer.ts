import { createHash } from 'node:crypto';
import { PassThrough, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Extract } from 'tar-stream';
import { KilnError } from '../../domain/errors.js';
import { formatBytes } from '../../domain/format-bytes.js';
import type { ExplorationLimits, LayerContents } from '../../domain/images/exploration.js';
import { cleanPath, type LayerEntry, type NodeKind, whiteoutOf } from '../../domain/images/layer-entry.js';
import { databaseKind, type PackageDatabase, parsePackages } from '../../domain/images/packages.js';
import { decompressorFor, MAGIC_BYTES } from './decompress.js';

export type TarEntry = Extract extends AsyncIterable<infer Item> ? Item : never;

const CONTENT_DIGITS = 24;
const MODE = 0o7777;

const KINDS: Readonly<Record<string, NodeKind>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
  symlink: 'link',
  link: 'hard_link',
};

/** Why a layer is not one that can be read, in words. */
export class UnreadableLayer extends Error {
  override readonly name = 'UnreadableLayer';
}

/**
 * Reads a layer (a tar; plain, or compressed with gzip or zstd) with memory that does not grow with its size. Raises `UnreadableLayer` for
 * what is no such tar, and what `bytes` raises: the source is read to its end in every case, so that it can judge whether it was whole.
 */
export async function exploreLayer(
  bytes: AsyncIterable<Uint8Array>,
  limits: ExplorationLimits,
): Promise<LayerContents> {
  const found = new Findings(limits);
  const unpackedBytes = await eachEntry(bytes, limits.maxUnpackedBytes, (entry) => found.take(entry));
  return found.contents(unpackedBytes);
}

/** Gives the entries of a layer, one after the other, and how many bytes it unpacks to; raises as `exploreLayer` does. */
export async function eachEntry(
  bytes: AsyncIterable<Uint8Array>,
  maxUnpackedBytes: number,
  take: (entry: TarEntry) => Promise<void>,
): Promise<number> {
  const source = new Source(bytes);
  try {
    return await readTar(source, maxUnpackedBytes, take);
  } catch (error) {
    await source.drain();
    if (error instanceof KilnError) throw error;
    if (error instanceof UnreadableLayer) throw error;
    const { message: reason = String(error) } = error as Partial<Error>;
    throw new UnreadableLayer(`it is no tar that can be read (${reason.slice(0, 200)})`);
  }
}

async function readTar(
  source: Source,
  maxUnpackedBytes: number,
  take: (entry: TarEntry) => Promise<void>,
): Promise<number> {
  const start = await source.first(MAGIC_BYTES);
  const unpacker = extract();
  const meter = new Meter(maxUnpackedBytes);
  let reason: unknown = null;
  let refusal: unknown = null;
  const ended = pipeline(
    Readable.from(source.from(start)),
    decompressorFor(start) ?? new PassThrough(),
    meter.stream,
    unpacker,
  ).catch((error: unknown) => {
    reason = error;
  });
  try {
    for await (const entry of unpacker) {
      await take(entry).catch((error: unknown) => {
        refusal = error;
        throw error;
      });
      entry.resume();
    }
    await ended;
  } catch (error) {
    await ended;
    throw refusal ?? reason ?? error;
  }
  if (reason !== null) throw reason;
  return meter.unpackedBytes;
}

/** Counts what comes out of the compression, and refuses too much of it. */
class Meter {
  unpackedBytes = 0;

  constructor(private readonly maxBytes: number) {}

  readonly stream = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      this.unpackedBytes += chunk.length;
      if (this.unpackedBytes <= this.maxBytes) done(null, chunk);
      else done(new UnreadableLayer(`it unpacks to more than ${formatBytes(this.maxBytes)}`));
    },
  });
}

/** The bytes of a layer, which are read to their end also where what reads them gives up. */
class Source {
  readonly #bytes: AsyncIterator<Uint8Array>;
  #failure: unknown = null;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#bytes = bytes[Symbol.asyncIterator]();
  }

  /** So many bytes, or all where there are fewer. */
  async first(bytes: number): Promise<Buffer> {
    let start = Buffer.alloc(0);
    for (let part = await this.#next(); part !== null; part = await this.#next()) {
      start = Buffer.concat([start, part]);
      if (start.length >= bytes) break;
    }
    return start;
  }

  async *from(start: Uint8Array): AsyncGenerator<Uint8Array> {
    yield start;
    for (let part = await this.#next(); part !== null; part = await this.#next()) yield part;
  }

  /** Raises what the source has raised, now or before. */
  async drain(): Promise<void> {
    while ((await this.#next()) !== null);
    if (this.#failure !== null) throw this.#failure;
  }

  async #next(): Promise<Uint8Array | null> {
    try {
      const { done, value } = await this.#bytes.next();
      return done === true ? null : value;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}

class Findings {
  readonly #entries: LayerEntry[] = [];
  readonly #databases: PackageDatabase[] = [];
  readonly #notes: string[] = [];
  #entryCount = 0;
  #leftOut = 0;

  constructor(private readonly limits: ExplorationLimits) {}

  async take(entry: TarEntry): Promise<void> {
    const { name, type, mode, linkname } = entry.header;
    const path = cleanPath(name);
    if (path === '') return;
    this.#entryCount += 1;
    if (path === null) {
      this.#leftOut += 1;
      return;
    }
    const whiteout = whiteoutOf(path);
    if (whiteout?.kind === 'nothing') return;
    const kind = whiteout?.kind ?? KINDS[type ?? ''] ?? 'other';
    const isFile = kind === 'file';
    const content = isFile ? await this.#read(entry, path) : null;
    if (this.#entries.length >= this.limits.maxEntries) return;
    this.#entries.push({
      path: whiteout?.path ?? path,
      kind,
      sizeBytes: content?.sizeBytes ?? 0,
      mode: (mode ?? 0) & MODE,
      content: content?.digest ?? (kind === 'link' || kind === 'hard_link' ? (linkname ?? '') : ''),
    });
  }

  contents(unpackedSizeBytes: number): LayerContents {
    const notes = [...this.#notes];
    const unlisted = this.#entryCount - this.#leftOut - this.#entries.length;
    if (this.#entries.length >= this.limits.maxEntries && unlisted > 0)
      notes.push(`only the first ${this.limits.maxEntries} of its ${this.#entryCount} entries are listed.`);
    if (this.#leftOut > 0)
      notes.push(`${this.#leftOut} entries with names that no container can have are left out.`);
    return {
      unpackedSizeBytes,
      entryCount: this.#entryCount,
      entries: this.#entries,
      packageDatabases: this.#databases,
      note: notes.length === 0 ? null : notes.join(' '),
    };
  }

  async #read(entry: TarEntry, path: string): Promise<{ sizeBytes: number; digest: string }> {
    const hash = createHash('sha256');
    const kind = databaseKind(path);
    const parts: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const part of entry as AsyncIterable<Uint8Array>) {
      hash.update(part);
      sizeBytes += part.length;
      if (kind !== null && kind !== 'rpm' && sizeBytes <= this.limits.maxDatabaseBytes) parts.push(part);
    }
    if (kind !== null && kind !== 'rpm') {
      if (sizeBytes > this.limits.maxDatabaseBytes) this.#notes.push(`${path} is too large to be read.`);
      else
        this.#databases.push({ path, packages: parsePackages(kind, Buffer.concat(parts).toString('utf8')) });
    }
    return { sizeBytes, digest: hash.digest('hex').slice(0, CONTENT_DIGITS) };
  }
}
