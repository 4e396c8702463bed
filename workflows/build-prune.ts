import { proxyActivities } from '@temporalio/workflow';
import { PRUNE_OPTIONS } from './activity-options.js';
import type { ControlActivities } from './activity-types.js';

const control = proxyActivities<ControlActivities>(PRUNE_OPTIONS);

/** Leaves only the record of the builds that the rules of a project let go, part by part. The row of the prune says how far it is. */
export async function buildPrune({ pruneId }: { readonly pruneId: string }): Promise<void> {
  while (!(await control.pruneSomeBuilds({ pruneId })).isOver);
}
