import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { KilnError } from '../../domain/errors.js';
import type { BlobStore } from '../../ports/blob-store.js';
import { syncFolder } from './sync-folder.js';

const SHA256 = /^[0-9a-f]{64}$/;
const TEMPORARY_FOLDER = 'incoming';

/**
 * Blobs as files `sha256/<2 digits>/<digest>` of a folder. A blob appears by rename after it was synced, so a reader never
 * sees half of one and a crash leaves only a file in `incoming`.
 */
export function createFileBlobStore(folder: string): BlobStore {
  const pathOf = (sha256: string): string => {
    if (!SHA256.test(sha256)) throw new KilnError('not_found');
    return join(folder, 'sha256', sha256.slice(0, 2), sha256);
  };
  return {
    path: pathOf,
    async put(sha256, bytes, maxBytes) {
      const target = pathOf(sha256);
      if (await exists(target)) return { sizeBytes: await verify(sha256, bytes, maxBytes, discard) };
      const temporary = join(folder, TEMPORARY_FOLDER, randomUUID());
      await mkdir(dirname(temporary), { recursive: true });
      try {
        const sizeBytes = await writeSynced(temporary, (write) => verify(sha256, bytes, maxBytes, write));
        await mkdir(dirname(target), { recursive: true });
        await rename(temporary, target);
        await syncFolder(dirname(target));
        await syncFolder(dirname(dirname(target)));
        return { sizeBytes };
      } finally {
        await rm(temporary, { force: true });
      }
    },
    async open(sha256) {
      const path = pathOf(sha256);
      const size = await stat(path).then(
        (found) => found.size,
        (cause: unknown) => {
          throw new KilnError('not_found', { message: 'The stored bytes are not there.', cause });
        },
      );
      return { stream: createReadStream(path), sizeBytes: size };
    },
  };
}

type Write = (chunk: Buffer) => Promise<void>;

const discard: Write = () => Promise.resolve();

/**
 * Hashes and counts the stream on its way to `write`. A blob that is there already is verified as well: who does not hold
 * the bytes must not get them by their digest.
 */
async function verify(sha256: string, bytes: Readable, maxBytes: number, write: Write): Promise<number> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) {
        done(
          new KilnError('payload_too_large', { message: `An upload may have at most ${maxBytes} bytes.` }),
        );
        return;
      }
      hash.update(chunk);
      write(chunk).then(() => done(), done);
    },
  });
  await pipeIn(bytes, sink);
  const actual = hash.digest('hex');
  if (actual !== sha256) {
    throw new KilnError('digest_mismatch', {
      fields: [{ field: 'digest', message: `the body has sha256 ${actual}` }],
    });
  }
  return sizeBytes;
}

/** The source stays open after a failure: it may be a request that still has to be answered. */
async function pipeIn(bytes: Readable, sink: Writable): Promise<void> {
  await pipeline(async function* () {
    for await (const chunk of bytes.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  }, sink);
}

async function writeSynced(path: string, fill: (write: Write) => Promise<number>): Promise<number> {
  const file = await open(path, 'wx', 0o600);
  try {
    const sizeBytes = await fill(async (chunk) => {
      await file.writeFile(chunk);
    });
    await file.sync();
    return sizeBytes;
  } finally {
    await file.close();
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
