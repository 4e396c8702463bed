import type { judgeRegistries as operation } from '../../../contracts/registry-judgements.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function judgeRegistries(deps: Pick<ApiDeps, 'checkRegistryHost'>): Handler<typeof operation> {
  return async ({ body }) => {
    for (const host of body.registries) deps.checkRegistryHost(host);
    return { status: 204 };
  };
}
