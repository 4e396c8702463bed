import type { Response } from 'express';
import type { ContextList } from '../../domain/contexts/context-list.js';
import { formatEntry } from '../../domain/contexts/entry.js';
import type { ApiDeps } from '../deps.js';
import { openContent } from '../../acceptance/open-content.js';
import { sendBytes } from '../send-bytes.js';

/**
 * Writes a context for its supervisor: the list, an empty line, then each distinct content in the order of the list. Sizes stand in
 * the list, digests too, so the receiver can check every byte. Stops when the client is gone.
 */
export async function writeBundle(
  deps: Pick<ApiDeps, 'files' | 'contents'>,
  tenantId: string,
  list: ContextList,
  response: Response,
): Promise<void> {
  await sendBytes(response, bundleOf(deps, tenantId, list));
}

async function* bundleOf(
  deps: Pick<ApiDeps, 'files' | 'contents'>,
  tenantId: string,
  list: ContextList,
): AsyncGenerator<Uint8Array> {
  let lines = '';
  for (const entry of list.entries) {
    lines += `${formatEntry(entry)}\n`;
    if (lines.length < 64 * 1024) continue;
    yield Buffer.from(lines);
    lines = '';
  }
  yield Buffer.from(`${lines}\n`);
  for (const sha256 of list.contents.keys()) {
    yield* await openContent(deps, tenantId, sha256);
  }
}
