import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { KilnError } from '../../domain/errors.js';
import type { ArchiveEntry, ReadArchive } from '../../ports/archive.js';

type TarEntry = Extract extends AsyncIterable<infer Item> ? Item : never;

const GZIP = Buffer.from([0x1f, 0x8b]);
const MAX_RATIO = 200;
/** Below this size no ratio is suspicious: a small file of zeros is no bomb. */
const RATIO_FREE_BYTES = 64 * 1024 * 1024;

/** See ReadArchive. The caller consumes every content before it asks for the next entry. */
export const archiveEntries: ReadArchive = async function* (bytes, { maxBytes }) {
  const source = bytes[Symbol.asyncIterator]();
  const start = await firstBytes(source);
  const seen = { packed: 0 };
  const unpacker = extract();
  const stop = new AbortController();
  const isGzip = start.subarray(0, GZIP.length).equals(GZIP);
  const flow = flowing(
    pipeline(
      counted(start, source, seen),
      isGzip ? createGunzip() : new PassThrough(),
      meter(seen, maxBytes),
      unpacker,
      { signal: stop.signal },
    ),
  );
  try {
    for await (const entry of unpacker) {
      yield describe(entry, flow);
      entry.resume();
    }
    await flow.ended;
  } catch (error) {
    throw asContextError(flow.reason() ?? error);
  } finally {
    stop.abort();
    await flow.ended.catch(() => undefined);
  }
};

function describe(entry: TarEntry, flow: Flow): ArchiveEntry {
  const { name, type, mode, mtime, size, linkname, pax } = entry.header;
  const isSparse = Object.keys(pax ?? {}).some((key) => key.startsWith('GNU.sparse.'));
  return {
    name,
    /* Its name and bytes are not those of the file: GNU tar puts a map of the holes before them. */
    type: isSparse ? 'sparse file (pack without --sparse)' : (type ?? 'thing of unknown kind'),
    mode: mode ?? null,
    mtime: mtime ?? null,
    sizeBytes: type === 'file' || type === 'contiguous-file' ? (size ?? 0) : 0,
    linkname: linkname ?? '',
    content: () => contentOf(entry, flow),
  };
}

async function firstBytes(source: AsyncIterator<Uint8Array>): Promise<Buffer> {
  let start = Buffer.alloc(0);
  while (start.length < GZIP.length) {
    const { done, value } = await source.next();
    if (done === true) break;
    start = Buffer.concat([start, value]);
  }
  return start;
}

async function* counted(
  start: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
  seen: { packed: number },
): AsyncGenerator<Uint8Array> {
  seen.packed += start.length;
  yield start;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    seen.packed += next.value.length;
    yield next.value;
  }
}

interface Flow {
  readonly ended: Promise<void>;
  reason(): unknown;
}

/** A failing stage destroys the unpacker, whose loop then raises; the reason is the stage's own error. */
function flowing(ended: Promise<void>): Flow {
  let reason: unknown = null;
  ended.catch((error: unknown) => {
    reason = error;
  });
  return { ended, reason: () => reason };
}

/** An entry's bytes. Unlike a pipe, the loop ends with an error when the archive ends within the entry. */
async function* contentOf(entry: TarEntry, flow: Flow): AsyncGenerator<Uint8Array> {
  try {
    for await (const part of entry as AsyncIterable<Uint8Array>) yield part;
  } catch (error) {
    await flow.ended.catch(() => undefined);
    throw asContextError(flow.reason() ?? error);
  }
}

function meter(seen: { readonly packed: number }, maxBytes: number): Transform {
  let unpacked = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      unpacked += chunk.length;
      if (unpacked > maxBytes) done(tooLarge(`more than ${maxBytes} bytes`));
      else if (unpacked > RATIO_FREE_BYTES && unpacked > seen.packed * MAX_RATIO) {
        done(tooLarge(`more than ${MAX_RATIO} times its own size`));
      } else done(null, chunk);
    },
  });
}

function tooLarge(what: string): KilnError {
  return new KilnError('payload_too_large', {
    message: `The build context unpacks to ${what}. Leave files out with .dockerignore.`,
  });
}

/** Errors of the tar and its compression are the sender's; those of the connection stay what they are. */
function asContextError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  if (error instanceof KilnError || /^E[A-Z]+$/.test(code)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new KilnError('context_invalid', {
    message: `The build context is no whole tar or tar.gz archive (${reason.slice(0, 200)}). Pack it again.`,
    cause: error,
  });
}
