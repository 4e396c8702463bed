import { constants } from 'node:fs';
import { access, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { KilnError } from '../../domain/errors.js';
import type { BlobStore } from '../../ports/contents.js';
import { inParallel } from './in-parallel.js';
import { placeOf, placeOfTenant } from './place-of.js';
import { syncFolder } from './sync-folder.js';

/** Where the bytes of a content lie in the data folder. */
export function contentPath(folder: string, tenantId: string, sha256: string): string {
  return path.join(folder, placeOf(tenantId, sha256));
}

/** Contents as files of a folder. One appears by rename after it was synced, so a reader never sees half of it. */
export function createFolderStore(folder: string): BlobStore {
  const pathOf = (tenantId: string, sha256: string): string => contentPath(folder, tenantId, sha256);
  return {
    prepare: (_tenantId, received) => inParallel(received, ({ path: file }) => syncFile(file)),
    async place(tenantId, received) {
      const folders = new Set<string>();
      for (const content of received) {
        const target = pathOf(tenantId, content.sha256);
        if (!folders.has(path.dirname(target))) await mkdir(path.dirname(target), { recursive: true });
        folders.add(path.dirname(target));
        await rename(content.path, target).catch(async (error: unknown) => {
          if ((await versionOf(target))?.sizeBytes !== content.sizeBytes) throw error;
        });
      }
      await inParallel([...folders, path.join(folder, placeOfTenant(tenantId))], syncFolder);
    },
    stat: (tenantId, sha256) => versionOf(pathOf(tenantId, sha256)),
    async open(tenantId, sha256, { range } = {}) {
      const file = await open(pathOf(tenantId, sha256)).catch((cause: unknown) => {
        if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
        throw new KilnError('not_found', { message: 'The stored bytes are not there.', cause });
      });
      const part = range === undefined ? {} : { start: range.first, end: range.last };
      return file.createReadStream(part) as AsyncIterable<Uint8Array>;
    },
    remove: (tenantId, digests) =>
      inParallel(digests, (sha256) => rm(pathOf(tenantId, sha256), { force: true })),
    sweep: () => Promise.resolve(),
    async check() {
      await access(folder, constants.R_OK | constants.W_OK).catch((cause: unknown) => {
        throw new KilnError('blob_store_unavailable', { cause });
      });
    },
  };
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function versionOf(file: string): Promise<{ sizeBytes: number; version: string } | null> {
  const found = await stat(file, { bigint: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  });
  if (found === null) return null;
  return { sizeBytes: Number(found.size), version: `${found.ino}-${found.size}-${found.ctimeNs}` };
}
