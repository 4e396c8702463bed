import { proxyActivities } from '@temporalio/workflow';
import { PRUNE_OPTIONS } from './activity-options.js';
import type { ControlActivities } from './activity-types.js';

const control = proxyActivities<ControlActivities>(PRUNE_OPTIONS);

/** Removes what the retention of a project lets go, part by part until nothing is left. The row of the prune says how far it is. */
export async function prune({ pruneId }: { readonly pruneId: string }): Promise<void> {
  while (!(await control.pruneSome({ pruneId })).isOver);
}
