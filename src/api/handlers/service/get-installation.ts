import type { getInstallation as operation } from '../../../contracts/service.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function getInstallation({
  version,
  temporal,
  builds,
}: Pick<ApiDeps, 'version' | 'temporal' | 'builds'>): Handler<typeof operation> {
  const known = { version, temporal_ui_url: temporal.uiUrl, temporal_namespace: temporal.namespace };
  return async ({ caller }) => ({
    status: 200,
    body: { ...known, methods: await builds.methodsOffered(caller) },
  });
}
