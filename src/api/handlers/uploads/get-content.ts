import type { getContent as operation } from '../../../contracts/uploads.js';
import type { Handler } from '../../call.js';
import { showProgress, wantedContent } from '../../contexts/wanted-content.js';
import type { ApiDeps } from '../../deps.js';

export function getContent(deps: Pick<ApiDeps, 'contents' | 'files'>): Handler<typeof operation> {
  return async ({ caller, params }) => {
    const content = await wantedContent(deps, caller, params.digest);
    const arrived = await deps.files.arrived(caller.tenantId, content.sha256);
    return { status: 200, body: showProgress(content, arrived, content.isStored) };
  };
}
