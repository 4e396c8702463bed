import type { getLimits as operation } from '../../../contracts/limits.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { showLimits } from './show-limits.js';

export function getLimits(
  deps: Pick<ApiDeps, 'projects' | 'buildLimits' | 'installationLimits'>,
): Handler<typeof operation> {
  return async ({ caller, query }) => {
    const project = query.project === undefined ? null : await deps.projects.get(caller, query.project);
    const set = await deps.buildLimits.read(caller, project?.id ?? null);
    const queue = project === null ? await deps.buildLimits.queue(caller) : null;
    return { status: 200, body: showLimits(set, deps.installationLimits, project?.slug ?? null, queue) };
  };
}
