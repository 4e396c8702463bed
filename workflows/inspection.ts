import { proxyActivities } from '@temporalio/workflow';
import { EXPLORE_OPTIONS } from './activity-options.js';
import type { ExploreActivities } from './activity-types.js';
import { EXPLORE_TASK_QUEUE } from './contract.js';

const explorer = proxyActivities<ExploreActivities>({ ...EXPLORE_OPTIONS, taskQueue: EXPLORE_TASK_QUEUE });

/** Inspects all images in use, some at a time. What the Schedule starts. */
export async function inspection(): Promise<void> {
  let after: string | null = null;
  do ({ next: after } = await explorer.inspectInUse({ after }));
  while (after !== null);
}
