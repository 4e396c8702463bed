import type { checkBaseImages as operation } from '../../../contracts/base-images.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function checkBaseImages(
  deps: Pick<ApiDeps, 'baseImages' | 'baseImageChecks'>,
): Handler<typeof operation> {
  return async ({ caller }) => {
    const { length: images } = await deps.baseImages.watched(caller);
    if (images > 0) await deps.baseImageChecks.start(caller.tenantId);
    return { status: 202, body: { images } };
  };
}
