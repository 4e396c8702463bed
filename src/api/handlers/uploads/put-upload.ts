import { createHash } from 'node:crypto';
import type { putUpload as operation } from '../../../contracts/uploads.js';
import { ByteReader } from '../../../domain/contexts/byte-reader.js';
import { readContextList } from '../../../domain/contexts/read-list.js';
import { KilnError } from '../../../domain/errors.js';
import type { Handler } from '../../call.js';
import { decodedBody } from '../../contexts/decoded-body.js';
import { requireSha256 } from '../../contexts/require-sha256.js';
import { showUpload } from '../../contexts/show-upload.js';
import { storeList } from '../../contexts/store-list.js';
import { missingOf } from '../../../acceptance/stored-list.js';
import type { ApiDeps } from '../../deps.js';
import { uploadLimitsOf } from '../../upload-limits.js';

/** Of a list; the entries that it may have stay far below. */
const MAX_LIST_BYTES = 128 * 1024 * 1024;

/** Reads and judges the list as it comes; keeps it, and answers which of its contents are missing. */
export function putUpload(
  deps: Pick<ApiDeps, 'contents' | 'files' | 'uploads' | 'buildLimits' | 'installationLimits'>,
): Handler<typeof operation> {
  return async ({ caller, params, request }) => {
    requireSha256(params.digest);
    const limits = await uploadLimitsOf(deps, caller);
    const kept: Uint8Array[] = [];
    const reader = new ByteReader(keeping(decodedBody(request), kept));
    const list = await readContextList(reader, limits);
    if ((await reader.line(0)) !== null) throw new KilnError('context_invalid');
    requireDigest(params.digest, kept);
    const upload = await storeList(deps, caller, kept, list);
    return {
      status: 200,
      body: showUpload(upload, await missingOf(deps, caller, upload.sha256, list)),
    };
  };
}

async function* keeping(bytes: AsyncIterable<Uint8Array>, kept: Uint8Array[]): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  for await (const part of bytes) {
    sizeBytes += part.length;
    if (sizeBytes > MAX_LIST_BYTES) {
      throw new KilnError('payload_too_large', {
        message: `The list has more than ${MAX_LIST_BYTES} bytes. Leave files out with .dockerignore.`,
      });
    }
    kept.push(part);
    yield part;
  }
}

function requireDigest(digest: string, parts: readonly Uint8Array[]): void {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  const actual = hash.digest('hex');
  if (actual === digest) return;
  throw new KilnError('digest_mismatch', {
    fields: [{ field: 'digest', message: `the body has the SHA-256 ${actual}` }],
  });
}
