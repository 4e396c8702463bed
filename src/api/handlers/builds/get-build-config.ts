import type { getBuildConfig as operation } from '../../../contracts/build-config-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { showConfig } from './show-config.js';

export function getBuildConfig(deps: Pick<ApiDeps, 'builds'>): Handler<typeof operation> {
  return async ({ caller, params }) => ({
    status: 200,
    body: showConfig(await deps.builds.config(caller, params.build)),
  });
}
