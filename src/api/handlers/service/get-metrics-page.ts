import type { getMetricsPage as operation } from '../../../contracts/service.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function getMetricsPage(deps: Pick<ApiDeps, 'metricsPage'>): Handler<typeof operation> {
  return async () => {
    const { contentType, text } = await deps.metricsPage();
    return { status: 200, headers: { 'content-type': contentType }, text };
  };
}
