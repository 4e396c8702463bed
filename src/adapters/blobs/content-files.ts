import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isSha256 } from '../../domain/contexts/entry.js';
import { KilnError } from '../../domain/errors.js';
import { isUuid } from '../../domain/ids.js';
import type { Content, ContentFiles, ReceivedContent } from '../../ports/contents.js';
import { PieceWriter } from './piece-writer.js';
import { inParallel } from './in-parallel.js';
import { syncFolder } from './sync-folder.js';
import { hashFile, writeHashed } from './write-hashed.js';

/** Where the bytes of a content lie in the data folder. */
export function contentPath(folder: string, tenantId: string, sha256: string): string {
  return path.join(folderOfTenant(folder, tenantId), checked(sha256).slice(0, 1), sha256);
}

function folderOfTenant(folder: string, tenantId: string): string {
  if (!isUuid(tenantId)) throw new KilnError('internal', { detail: 'a tenant without an id' });
  return path.join(folder, 'contents', tenantId);
}

/**
 * Contents as files `contents/<tenant>/<1 digit>/<digest>` of a folder; what arrives in pieces lies in `contents/<tenant>/pieces`,
 * what arrives at once in `incoming`. A content appears by rename after it was synced, so a reader never sees half of one.
 */
export function createContentFiles(folder: string): ContentFiles {
  const incoming = path.join(folder, 'incoming');
  const pieces = new PieceWriter();
  const tenantFolder = (tenantId: string): string => folderOfTenant(folder, tenantId);
  const pathOf = (tenantId: string, sha256: string): string => contentPath(folder, tenantId, sha256);
  const piecesOf = (tenantId: string, sha256: string): string =>
    path.join(tenantFolder(tenantId), 'pieces', checked(sha256));
  const receive = async (
    bytes: AsyncIterable<Uint8Array>,
    maxBytes: number,
    judge: (found: Content) => void,
  ): Promise<ReceivedContent> => {
    const temporary = path.join(incoming, randomUUID());
    await mkdir(incoming, { recursive: true });
    try {
      const found = await writeHashed(temporary, bytes, maxBytes);
      judge(found);
      return { ...found, path: temporary };
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  };
  return {
    receive: (_tenantId, content, bytes) =>
      receive(bytes, content.sizeBytes, (found) => {
        if (found.sha256 !== content.sha256) throw mismatch(content, found.sha256);
      }),
    receiveUnknown: (_tenantId, bytes, maxBytes) => receive(bytes, maxBytes, () => undefined),
    sync: (received) => inParallel(received, ({ path: file }) => syncFile(file)),
    async place(tenantId, received) {
      const folders = new Set<string>();
      for (const content of received) {
        const target = pathOf(tenantId, content.sha256);
        if (!folders.has(path.dirname(target))) await mkdir(path.dirname(target), { recursive: true });
        folders.add(path.dirname(target));
        await rename(content.path, target).catch(async (error: unknown) => {
          if ((await sizeOf(target)) !== content.sizeBytes) throw error;
        });
      }
      await inParallel([...folders, tenantFolder(tenantId)], syncFolder);
    },
    discard: (received) => inParallel(received, ({ path: file }) => rm(file, { force: true })),
    arrived: async (tenantId, sha256) => (await sizeOf(piecesOf(tenantId, sha256))) ?? 0,
    async append(tenantId, content, offset, bytes) {
      const file = piecesOf(tenantId, content.sha256);
      await mkdir(path.dirname(file), { recursive: true });
      return pieces.append(file, content.sizeBytes, offset, bytes);
    },
    async finish(tenantId, content) {
      const file = piecesOf(tenantId, content.sha256);
      const sha256 = await hashFile(file);
      if (sha256 === content.sha256) return { ...content, path: file };
      await rm(file, { force: true });
      throw mismatch(content, sha256);
    },
    async open(tenantId, sha256) {
      const file = await open(pathOf(tenantId, sha256)).catch((cause: unknown) => {
        throw new KilnError('not_found', { message: 'The stored bytes are not there.', cause });
      });
      return file.createReadStream() as AsyncIterable<Uint8Array>;
    },
    async verified(tenantId, content) {
      const file = pathOf(tenantId, content.sha256);
      const sha256 = await hashFile(file).catch((cause: unknown) => {
        if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
        throw new KilnError('not_found', { message: 'The stored bytes are not there.', cause });
      });
      if (sha256 !== content.sha256) throw mismatch(content, sha256);
      return file;
    },
    remove: (tenantId, digests) =>
      inParallel(digests, async (sha256) => {
        await rm(pathOf(tenantId, sha256), { force: true });
        await rm(piecesOf(tenantId, sha256), { force: true });
      }),
    async sweep(olderThanMs) {
      for (const name of await readdir(incoming).catch(() => [])) {
        const file = path.join(incoming, name);
        const found = await stat(file).catch(() => null);
        if (found !== null && Date.now() - found.mtimeMs > olderThanMs) await rm(file, { force: true });
      }
    },
  };
}

function checked(sha256: string): string {
  if (!isSha256(sha256)) throw new KilnError('not_found');
  return sha256;
}

function mismatch(content: Content, actual: string): KilnError {
  return new KilnError('digest_mismatch', {
    fields: [{ field: content.sha256, message: `the bytes that arrived have the SHA-256 ${actual}` }],
  });
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sizeOf(file: string): Promise<number | null> {
  return stat(file).then(
    ({ size }) => size,
    () => null,
  );
}
