import type { putArchive as operation } from '../../../contracts/uploads.js';
import { formatEntry } from '../../../domain/contexts/entry.js';
import type { Content } from '../../../ports/contents.js';
import type { TenantContext } from '../../../ports/stores.js';
import type { Handler } from '../../call.js';
import { ArchiveList } from '../../contexts/archive-list.js';
import { decodedBody } from '../../contexts/decoded-body.js';
import { showUpload } from '../../contexts/show-upload.js';
import { StoringGroup } from '../../contexts/store-group.js';
import { storeList } from '../../contexts/store-list.js';
import { missingOf } from '../../../acceptance/stored-list.js';
import type { ApiDeps } from '../../deps.js';
import { uploadLimitsOf } from '../../upload-limits.js';

type ArchiveDeps = Pick<
  ApiDeps,
  'contents' | 'files' | 'uploads' | 'buildLimits' | 'installationLimits' | 'events' | 'readArchive'
>;

/** Takes a tar apart as it comes: nothing is written under a name from it, contents lie under their digests. */
export function putArchive(deps: ArchiveDeps): Handler<typeof operation> {
  return async ({ caller, request }) => {
    const limits = await uploadLimitsOf(deps, caller);
    const { maxBytes, maxEntries } = limits;
    const taking = new ArchiveList(limits);
    const group = new StoringGroup(deps, caller);
    try {
      const framing = maxEntries * ENTRY_BYTES;
      for await (const entry of deps.readArchive(decodedBody(request), { maxBytes: maxBytes + framing }))
        await taking.take(entry, (bytes) => keep(deps, caller, group, bytes, maxBytes));
      await group.flush();
    } finally {
      await group.discard();
    }
    const list = taking.finish();
    const lines = list.entries.map((entry) => Buffer.from(`${formatEntry(entry)}\n`));
    const upload = await storeList(deps, caller, lines, list);
    return { status: 200, body: showUpload(upload, await missingOf(deps, caller, upload.sha256, list)) };
  };
}

/** What the framing of an entry may take: its header, a long name, and what fills up its last block. */
const ENTRY_BYTES = 3 * 512;

async function keep(
  deps: ArchiveDeps,
  tenant: TenantContext,
  group: StoringGroup,
  bytes: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Content> {
  const received = await deps.files.receiveUnknown(tenant.tenantId, bytes, maxBytes);
  const missing = await deps.contents.need(tenant, [received]);
  if (missing.length > 0) await group.add(received);
  else await deps.files.discard([received]);
  return received;
}
