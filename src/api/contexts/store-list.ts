import { createHash } from 'node:crypto';
import type { ContextList } from '../../domain/contexts/context-list.js';
import { KilnError } from '../../domain/errors.js';
import type { Upload } from '../../ports/records.js';
import type { TenantContext } from '../../ports/stores.js';
import type { ApiDeps } from '../deps.js';

type StoreDeps = Pick<ApiDeps, 'contents' | 'files' | 'uploads'>;

/** Keeps the bytes of a judged list as a content under their digest, and the upload that they are. */
export async function storeList(
  deps: StoreDeps,
  tenant: TenantContext,
  parts: readonly Uint8Array[],
  list: ContextList,
): Promise<Upload> {
  if (list.entries.length === 0)
    throw new KilnError('context_invalid', { message: 'The build context holds nothing.' });
  const { tenantId } = tenant;
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  const content = {
    sha256: hash.digest('hex'),
    sizeBytes: parts.reduce((sum, part) => sum + part.length, 0),
  };
  if ((await deps.contents.need(tenant, [content])).length > 0) {
    const received = [await deps.files.receive(tenantId, content, streamOf(parts))];
    try {
      await deps.files.sync(tenantId, received);
      await deps.contents.store(tenant, received, () => deps.files.place(tenantId, received));
    } finally {
      await deps.files.discard(received);
    }
  }
  return deps.uploads.record(tenant, {
    sha256: content.sha256,
    sizeBytes: list.sizeBytes,
    entryCount: list.entries.length,
  });
}

async function* streamOf(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield await Promise.resolve(part);
}
