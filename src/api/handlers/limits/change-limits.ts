import type { changeLimits as operation, LimitChange } from '../../../contracts/limits.js';
import { QUEUE_SETTING_NAMES, type QueueChange } from '../../../domain/dispatch/queue-settings.js';
import { KilnError } from '../../../domain/errors.js';
import type { LimitValues } from '../../../domain/limits/effective-limits.js';
import { LIMIT_NAMES, LIMITS } from '../../../domain/limits/limit-table.js';
import { formatLimit } from '../../../domain/limits/limit-units.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { showLimits } from './show-limits.js';

/** A limit above the operator's would not hold, so it is refused. */
export function changeLimits(
  deps: Pick<ApiDeps, 'projects' | 'buildLimits' | 'installationLimits'>,
): Handler<typeof operation> {
  return async ({ caller, query, body }) => {
    refuseAboveInstallation(body, deps.installationLimits);
    const project = query.project === undefined ? null : await deps.projects.get(caller, query.project);
    const projectId = project?.id ?? null;
    await deps.buildLimits.change(caller, projectId, ...splitChange(body, projectId !== null));
    const set = await deps.buildLimits.read(caller, projectId);
    const queue = project === null ? await deps.buildLimits.queue(caller) : null;
    return { status: 200, body: showLimits(set, deps.installationLimits, project?.slug ?? null, queue) };
  };
}

/** Limits of builds, and settings of the queue, which a project does not have. */
function splitChange(change: LimitChange, isOfProject: boolean): [LimitChange, QueueChange] {
  const entries = Object.entries(change);
  const isOfQueue = (name: string): boolean => QUEUE_SETTING_NAMES.some((setting) => setting === name);
  const queue = entries.filter(([name]) => isOfQueue(name));
  if (isOfProject && queue.length > 0) {
    const message = 'is a setting of the whole tenant: leave the project out';
    throw new KilnError('invalid_request', { fields: queue.map(([field]) => ({ field, message })) });
  }
  const limits = entries.filter(([name]) => !isOfQueue(name));
  return [Object.fromEntries(limits), Object.fromEntries(queue)];
}

function refuseAboveInstallation(change: LimitChange, installation: LimitValues): void {
  const fields = LIMIT_NAMES.flatMap((name) => {
    const wanted = change[name] ?? 0;
    const bound = installation[name];
    if (bound === undefined || wanted <= bound) return [];
    const most = formatLimit(name, bound);
    const message = `expected at most ${most}, set for the installation by ${LIMITS[name].variable} of the api`;
    return [{ field: name, message }];
  });
  if (fields.length > 0) throw new KilnError('invalid_request', { fields });
}
