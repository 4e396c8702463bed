import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { KilnError } from '../../domain/errors.js';

type TarEntry = Extract extends AsyncIterable<infer Item> ? Item : never;

/** One entry. Its content has to be read before the next entry is asked for, or is passed over. */
export interface ArchiveEntry {
  readonly header: TarEntry['header'];
  content(): AsyncGenerator<Uint8Array>;
}

/** Most bytes that an archive of a given size may unpack to. */
export interface ArchiveLimits {
  readonly maxBytes: number;
}

const GZIP = Buffer.from([0x1f, 0x8b]);
const MAX_RATIO = 200;
/** Below this size no ratio is suspicious: a small file of zeros is no bomb. */
const RATIO_FREE_BYTES = 64 * 1024 * 1024;

/**
 * The entries of a tar or tar.gz as they come. The caller consumes every stream before it asks for the next entry;
 * leaving the loop closes the file. Raises `context_invalid` for what is no whole archive, `payload_too_large` for
 * more bytes than allowed or a suspicious ratio.
 */
export async function* archiveEntries(
  archivePath: string,
  limits: ArchiveLimits,
): AsyncGenerator<ArchiveEntry> {
  const { size } = await stat(archivePath);
  const source = createReadStream(archivePath);
  const unpacker = extract();
  const stop = new AbortController();
  const stages = (await isGzip(archivePath)) ? [createGunzip(), meter(size, limits)] : [meter(size, limits)];
  // A failing stage destroys the unpacker, whose loop then raises; the reason is the stage's own error.
  const flow = flowing([source, ...stages], unpacker, stop.signal);
  try {
    for await (const entry of unpacker) {
      yield { header: entry.header, content: () => contentOf(entry, flow) };
      entry.resume();
    }
    await flow.ended;
  } catch (error) {
    throw asContextError(flow.reason() ?? error);
  } finally {
    stop.abort();
    await flow.ended.catch(() => undefined);
  }
}

interface Flow {
  readonly ended: Promise<void>;
  reason(): unknown;
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

function flowing(
  stages: readonly (Readable | Transform)[],
  unpacker: NodeJS.WritableStream,
  signal: AbortSignal,
): Flow {
  let reason: unknown = null;
  const ended = pipeline([...stages, unpacker], { signal });
  ended.catch((error: unknown) => {
    reason = error;
  });
  return { ended, reason: () => reason };
}

function meter(archiveBytes: number, { maxBytes }: ArchiveLimits): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > maxBytes) done(tooLarge(`more than ${maxBytes} bytes`));
      else if (seen > RATIO_FREE_BYTES && seen > archiveBytes * MAX_RATIO) {
        done(tooLarge(`more than ${MAX_RATIO} times its own size`));
      } else done(null, chunk);
    },
  });
}

async function isGzip(archivePath: string): Promise<boolean> {
  const file = await open(archivePath);
  try {
    const start = Buffer.alloc(GZIP.length);
    const { bytesRead } = await file.read(start, 0, GZIP.length, 0);
    return bytesRead === GZIP.length && start.equals(GZIP);
  } finally {
    await file.close();
  }
}

function tooLarge(what: string): KilnError {
  return new KilnError('payload_too_large', {
    message: `The build context unpacks to ${what}. Leave files out with .dockerignore.`,
  });
}

function asContextError(error: unknown): KilnError {
  if (error instanceof KilnError) return error;
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  if (/^E(?:IO|ACCES|NOENT|MFILE|NOSPC)$/.test(code)) {
    return new KilnError('internal', { detail: `reading the archive failed: ${code}`, cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new KilnError('context_invalid', {
    message: `The build context is no whole tar or tar.gz archive (${reason.slice(0, 200)}). Pack it again.`,
    cause: error,
  });
}
