import { executeChild, log, ParentClosePolicy, proxyLocalActivities } from '@temporalio/workflow';
import { CONTROL_OPTIONS } from './activity-options.js';
import type { ControlActivities } from './activity-types.js';
import { pruneWorkflowId } from './contract.js';
import { prune } from './prune.js';

const control = proxyLocalActivities<ControlActivities>(CONTROL_OPTIONS);

/** Prunes one project after the other, of all that have a policy. What the Schedule starts. */
export async function retention(): Promise<{ prunes: readonly string[] }> {
  const { pruneIds } = await control.openPrunes();
  for (const pruneId of pruneIds) {
    try {
      await executeChild(prune, {
        args: [{ pruneId }],
        workflowId: pruneWorkflowId(pruneId),
        parentClosePolicy: ParentClosePolicy.ABANDON,
      });
    } catch (error) {
      // Started by somebody else, or ended by hand: the audit looks after prunes that are not over.
      log.info('a prune is not followed', { prune_id: pruneId, error: String(error) });
    }
  }
  return { prunes: pruneIds };
}
