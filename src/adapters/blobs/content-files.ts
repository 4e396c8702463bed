import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { KilnError } from '../../domain/errors.js';
import type { BlobStore, Content, ContentFiles, ReceivedContent } from '../../ports/contents.js';
import { createFolderStore } from './folder-store.js';
import { inParallel } from './in-parallel.js';
import { PieceWriter } from './piece-writer.js';
import { checkedDigest, placeOfTenant } from './place-of.js';
import { JudgedReader } from './read-judged.js';
import { hashFile, writeHashed } from './write-hashed.js';

/**
 * Contents of a store. What arrives at once waits in `incoming` of the folder, what arrives in pieces in `contents/<tenant>/pieces`, until
 * it is whole and placed.
 */
export function createContentFiles(
  folder: string,
  store: BlobStore = createFolderStore(folder),
): ContentFiles {
  const incoming = path.join(folder, 'incoming');
  const pieces = new PieceWriter();
  const judged = new JudgedReader(store);
  const piecesOf = (tenantId: string, sha256: string): string =>
    path.join(folder, placeOfTenant(tenantId), 'pieces', checkedDigest(sha256));
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
    sync: (tenantId, received) => store.prepare(tenantId, received),
    place: (tenantId, received) => store.place(tenantId, received),
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
    open: (tenantId, sha256) => store.open(tenantId, sha256),
    read: (tenantId, content, range) => judged.read(tenantId, content, range),
    async remove(tenantId, digests) {
      await store.remove(tenantId, digests);
      await inParallel(digests, (sha256) => rm(piecesOf(tenantId, sha256), { force: true }));
    },
    async sweep(olderThanMs) {
      for (const name of await readdir(incoming).catch(() => [])) {
        const file = path.join(incoming, name);
        const found = await stat(file).catch(() => null);
        if (found !== null && Date.now() - found.mtimeMs > olderThanMs) await rm(file, { force: true });
      }
      await store.sweep(olderThanMs);
    },
  };
}

function mismatch(content: Content, actual: string): KilnError {
  return new KilnError('digest_mismatch', {
    fields: [{ field: content.sha256, message: `the bytes that arrived have the SHA-256 ${actual}` }],
  });
}

async function sizeOf(file: string): Promise<number | null> {
  return stat(file).then(
    ({ size }) => size,
    () => null,
  );
}
