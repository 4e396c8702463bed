import type { getUpload as operation } from '../../../contracts/uploads.js';
import type { Handler } from '../../call.js';
import { requireSha256 } from '../../contexts/require-sha256.js';
import { showUpload } from '../../contexts/show-upload.js';
import { missingOf, readStoredList } from '../../../acceptance/stored-list.js';
import type { ApiDeps } from '../../deps.js';

export function getUpload(deps: Pick<ApiDeps, 'contents' | 'files' | 'uploads'>): Handler<typeof operation> {
  return async ({ caller, params }) => {
    requireSha256(params.digest);
    const upload = await deps.uploads.find(caller, params.digest);
    const list = await readStoredList(deps, caller.tenantId, upload.sha256);
    return { status: 200, body: showUpload(upload, await missingOf(deps, caller, upload.sha256, list)) };
  };
}
