import type { putUpload as operation } from '../../../contracts/uploads.js';
import { KilnError } from '../../../domain/errors.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

const SHA256 = /^[0-9a-f]{64}$/;

/** Stores the bytes first and the row after them: a row without bytes cannot be, bytes without a row do no harm. */
export function putUpload(
  deps: Pick<ApiDeps, 'blobs' | 'uploads' | 'limits' | 'events'>,
): Handler<typeof operation> {
  return async ({ caller, params, request }) => {
    const sha256 = params.digest;
    if (!SHA256.test(sha256)) {
      throw new KilnError('invalid_request', {
        fields: [
          { field: 'digest', message: 'expected the SHA-256 of the body as 64 lower-case hex digits' },
        ],
      });
    }
    const { uploadMaxBytes } = deps.limits;
    if (Number(request.get('content-length') ?? 0) > uploadMaxBytes) {
      throw new KilnError('payload_too_large', {
        message: `An upload may have at most ${uploadMaxBytes} bytes.`,
      });
    }
    const { sizeBytes } = await deps.blobs.put(sha256, request, uploadMaxBytes);
    const upload = await deps.uploads.record(caller, { sha256, sizeBytes });
    deps.events.uploadStored({ sha256, sizeBytes });
    return {
      status: 200,
      body: {
        id: upload.id,
        sha256: upload.sha256,
        size_bytes: upload.sizeBytes,
        created_at: upload.createdAt,
      },
    };
  };
}
