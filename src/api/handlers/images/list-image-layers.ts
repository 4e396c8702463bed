import type { listImageLayers as operation } from '../../../contracts/image-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function listImageLayers(deps: Pick<ApiDeps, 'images'>): Handler<typeof operation> {
  return async ({ caller, params }) => ({
    status: 200,
    body: { items: await deps.images.layers(caller, params.image) },
  });
}
