import type { addContents as operation } from '../../../contracts/uploads.js';
import { ByteReader } from '../../../domain/contexts/byte-reader.js';
import { isSha256 } from '../../../domain/contexts/entry.js';
import { KilnError } from '../../../domain/errors.js';
import type { Content } from '../../../ports/contents.js';
import type { Handler } from '../../call.js';
import { decodedBody } from '../../contexts/decoded-body.js';
import { StoringGroup } from '../../contexts/store-group.js';
import type { ApiDeps } from '../../deps.js';
import { uploadLimitsOf } from '../../upload-limits.js';

const MAX_HEAD_BYTES = 100;
const HEAD = /^([0-9a-f]{64}) (\d{1,15})$/;

/** Stores contents as they come. When the body breaks off, those that were complete are kept. */
export function addContents(
  deps: Pick<ApiDeps, 'contents' | 'files' | 'buildLimits' | 'installationLimits' | 'events'>,
): Handler<typeof operation> {
  return async ({ caller, request }) => {
    const { maxBytes } = await uploadLimitsOf(deps, caller);
    const reader = new ByteReader(decodedBody(request));
    const group = new StoringGroup(deps, caller);
    try {
      for (
        let head = await reader.line(MAX_HEAD_BYTES);
        head !== null;
        head = await reader.line(MAX_HEAD_BYTES)
      ) {
        const content = readHead(head, maxBytes);
        await group.add(await deps.files.receive(caller.tenantId, content, reader.take(content.sizeBytes)));
      }
    } finally {
      await group.flush();
    }
    return { status: 200, body: { contents: group.stored, size_bytes: group.storedBytes } };
  };
}

function readHead(line: Uint8Array, maxBytes: number): Content {
  const [, sha256 = '', size = ''] = HEAD.exec(Buffer.from(line).toString('latin1')) ?? [];
  const sizeBytes = Number(size);
  if (!isSha256(sha256) || sizeBytes < 1) {
    throw new KilnError('invalid_request', {
      fields: [{ field: 'body', message: 'expected "<sha256> <size in bytes>" before each content' }],
    });
  }
  if (sizeBytes <= maxBytes) return { sha256, sizeBytes };
  throw new KilnError('payload_too_large', {
    message: `A build context may have at most ${maxBytes} bytes.`,
  });
}
