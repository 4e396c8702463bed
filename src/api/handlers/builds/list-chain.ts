import type { listChain as operation } from '../../../contracts/build-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function listChain({ builds }: Pick<ApiDeps, 'builds'>): Handler<typeof operation> {
  return async ({ caller, params }) => ({
    status: 200,
    body: { items: await builds.chain(caller, params.build) },
  });
}
