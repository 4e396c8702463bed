import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import {
  BUILD_PRUNE_WORKFLOW_TYPE,
  buildPruneWorkflowId,
  CONTROL_TASK_QUEUE,
  PRUNE_WORKFLOW_TYPE,
  pruneWorkflowId,
} from '../../../workflows/contract.js';
import { KilnError } from '../../domain/errors.js';
import type { PruneWorkflows } from '../../ports/retention.js';

/** Workflows of prunes of images over a Temporal client. */
export function createPruneWorkflows(client: Client): PruneWorkflows {
  return workflowsOf(client, PRUNE_WORKFLOW_TYPE, pruneWorkflowId);
}

/** Workflows of prunes of builds over a Temporal client. */
export function createBuildPruneWorkflows(client: Client): PruneWorkflows {
  return workflowsOf(client, BUILD_PRUNE_WORKFLOW_TYPE, buildPruneWorkflowId);
}

function workflowsOf(client: Client, type: string, idOf: (pruneId: string) => string): PruneWorkflows {
  return {
    async start(pruneId) {
      try {
        await client.workflow.start(type, {
          args: [{ pruneId }],
          workflowId: idOf(pruneId),
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
