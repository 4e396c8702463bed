import {
  executeChild,
  log,
  ParentClosePolicy,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import { CONTROL_OPTIONS, PRUNE_OPTIONS } from './activity-options.js';
import type { ControlActivities } from './activity-types.js';
import { buildPrune } from './build-prune.js';
import { buildPruneWorkflowId, pruneWorkflowId } from './contract.js';
import { prune } from './prune.js';

const control = proxyLocalActivities<ControlActivities>(CONTROL_OPTIONS);
const parts = proxyActivities<ControlActivities>(PRUNE_OPTIONS);

/** Prunes the images of one project after the other that has a policy, then builds, then logs. What the Schedule starts. */
export async function retention(): Promise<{ prunes: readonly string[]; buildPrunes: readonly string[] }> {
  const { pruneIds: prunes } = await control.openPrunes();
  for (const pruneId of prunes) await follow(prune, pruneId, pruneWorkflowId(pruneId));
  const { pruneIds: buildPrunes } = await control.openBuildPrunes();
  for (const pruneId of buildPrunes) await follow(buildPrune, pruneId, buildPruneWorkflowId(pruneId));
  while (!(await parts.removeSomeLogs()).isOver);
  return { prunes, buildPrunes };
}

async function follow(workflow: typeof prune, pruneId: string, workflowId: string): Promise<void> {
  try {
    await executeChild(workflow, {
      args: [{ pruneId }],
      workflowId,
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    // Started by somebody else, or ended by hand: the audit looks after prunes that are not over.
    log.info('a prune is not followed', { prune_id: pruneId, error: String(error) });
  }
}
