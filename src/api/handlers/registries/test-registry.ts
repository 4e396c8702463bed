import type { testRegistry as operation } from '../../../contracts/registry-tests.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { ownerOf } from '../secrets/owner.js';

/** Belongs to no project: only credentials for all projects of the tenant are found. */
const NO_PROJECT = '00000000-0000-0000-0000-000000000000';

export function testRegistry(
  deps: Pick<ApiDeps, 'projects' | 'vault' | 'probeRegistry'>,
): Handler<typeof operation> {
  return async ({ caller, query, body, request }) => {
    const projectId = (await ownerOf(deps, caller, query.project)) ?? NO_PROJECT;
    const slash = body.registry.indexOf('/');
    const target = {
      host: slash === -1 ? body.registry : body.registry.slice(0, slash),
      path: slash === -1 ? null : body.registry.slice(slash + 1),
    };
    const left = new AbortController();
    request.res?.once('close', () => left.abort());
    const steps = await deps.probeRegistry(
      target,
      (host) => deps.vault.registryCredential(caller.tenantId, projectId, host),
      left.signal,
    );
    const ok = steps.every(({ status }) => status !== 'failed');
    return { status: 200, body: { registry: body.registry, ok, steps: [...steps] } };
  };
}
