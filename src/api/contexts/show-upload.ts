import type { Upload as ShownUpload } from '../../contracts/uploads.js';
import type { Upload } from '../../ports/records.js';

/** An upload as the API shows it. */
export function showUpload(upload: Upload, missing: readonly string[]): ShownUpload {
  return {
    id: upload.id,
    sha256: upload.sha256,
    size_bytes: upload.sizeBytes,
    entry_count: upload.entryCount,
    missing: [...missing],
    created_at: upload.createdAt,
  };
}
