import type { getInstallation as operation } from '../../../contracts/service.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function getInstallation({
  version,
  temporal,
}: Pick<ApiDeps, 'version' | 'temporal'>): Handler<typeof operation> {
  const body = { version, temporal_ui_url: temporal.uiUrl, temporal_namespace: temporal.namespace };
  return () => Promise.resolve({ status: 200, body });
}
