import { ApplicationFailure, CancellationScope, proxyActivities } from '@temporalio/workflow';
import { EXPLORE_OPTIONS, GIVE_UP_OPTIONS } from './activity-options.js';
import type { ExploreActivities } from './activity-types.js';
import { EXPLORE_TASK_QUEUE, type ExploreInput } from './contract.js';
import { applicationFailure } from './failure-code.js';

const taskQueue = EXPLORE_TASK_QUEUE;
const explorer = proxyActivities<ExploreActivities>({
  ...EXPLORE_OPTIONS,
  taskQueue,
  summary: 'look into the layers',
});
const inspector = proxyActivities<ExploreActivities>({
  ...EXPLORE_OPTIONS,
  taskQueue,
  summary: 'bill of materials and scan',
  // After the layers of images that wait: those take seconds, a bill of materials much longer. 3 is what Temporal gives others.
  priority: { priorityKey: 4 },
});
const record = proxyActivities<ExploreActivities>({ ...GIVE_UP_OPTIONS, taskQueue });

/**
 * Looks into the layers of one image, once, after a build of it was recorded, then makes its bill of materials and scans that. It completes
 * also when a layer cannot be read, or there is no program for the rest, which is written down; it fails when the image cannot be fetched, so
 * that a later build may start it again.
 */
export async function explore(input: ExploreInput): Promise<void> {
  try {
    await explorer.exploreImage(input);
  } catch (error) {
    const reason = applicationFailure(error)?.message ?? 'The exploration was stopped.';
    await CancellationScope.nonCancellable(() => record.giveUpExploring({ ...input, reason }));
    throw ApplicationFailure.nonRetryable(reason, 'not_explored');
  }
  try {
    await inspector.inspectImage(input);
  } catch (error) {
    const reason = applicationFailure(error)?.message ?? 'It was stopped.';
    await CancellationScope.nonCancellable(() => record.giveUpInspecting({ ...input, reason }));
  }
}
