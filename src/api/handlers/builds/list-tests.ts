import type { listTests as operation } from '../../../contracts/tests.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function listTests(deps: Pick<ApiDeps, 'builds'>): Handler<typeof operation> {
  return async ({ caller, params, query: { status = null, limit } }) => ({
    status: 200,
    body: await deps.builds.tests(caller, params.build, { status, limit }),
  });
}
