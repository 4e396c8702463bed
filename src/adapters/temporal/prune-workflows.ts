import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { CONTROL_TASK_QUEUE, PRUNE_WORKFLOW_TYPE, pruneWorkflowId } from '../../../workflows/contract.js';
import { KilnError } from '../../domain/errors.js';
import type { PruneWorkflows } from '../../ports/retention.js';

/** Workflows of prunes over a Temporal client. */
export function createPruneWorkflows(client: Client): PruneWorkflows {
  return {
    async start(pruneId) {
      try {
        await client.workflow.start(PRUNE_WORKFLOW_TYPE, {
          args: [{ pruneId }],
          workflowId: pruneWorkflowId(pruneId),
          taskQueue: CONTROL_TASK_QUEUE,
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'FAIL',
        });
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return;
        throw new KilnError('unavailable', {
          message: 'Temporal does not answer.',
          detail: String(error),
          cause: error,
        });
      }
    },
  };
}
