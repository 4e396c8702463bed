import type { Queue, QueuedBuild, QueueQuery } from '../../../contracts/queue.js';
import type { TenantQueue } from '../../../ports/queue.js';
import type { TenantContext } from '../../../ports/stores.js';
import type { ApiDeps } from '../../deps.js';

/** Which builds a query asks for; not_found where it names no project. */
export async function narrowedTo(
  { projects }: Pick<ApiDeps, 'projects'>,
  caller: TenantContext,
  { project, method, build }: QueueQuery,
): Promise<(queued: QueuedBuild) => boolean> {
  const slug = project === undefined ? undefined : (await projects.get(caller, project)).slug;
  return (queued) =>
    (slug === undefined || queued.project === slug) &&
    (method === undefined || queued.build_method === method) &&
    (build === undefined || queued.build_id === build);
}

/** The part of a queue that was asked for; the counts are of all of it. */
export function showQueue(
  queue: TenantQueue,
  isAsked: (queued: QueuedBuild) => boolean,
  limit: number,
): Queue {
  return {
    waiting: queue.items.length,
    running: queue.running,
    slots: queue.slots,
    free_slots: queue.freeSlots,
    items: queue.items.filter(isAsked).slice(0, limit),
  };
}
