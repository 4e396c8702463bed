import type { Client } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { KilnError } from '../../domain/errors.js';
import type { BuildWorkflows } from '../../ports/build-workflows.js';
import { WORKFLOW_TASK_TIMEOUT_MS } from '../../../workflows/activity-options.js';
import {
  BUILD_WORKFLOW_TYPE,
  buildWorkflowId,
  cancelBuildSignal,
  CONTROL_TASK_QUEUE,
  leaseGrantedSignal,
  SEARCH_ATTRIBUTES,
} from '../../../workflows/contract.js';

const PING_TIMEOUT_MS = 2_000;

/** Build workflows over a Temporal client; `namespace` must hold the search attributes that `setupTemporal` registers. */
export function createBuildWorkflows(client: Client): BuildWorkflows {
  const signal = async (buildId: string, definition: SignalDefinition): Promise<void> => {
    try {
      await client.workflow.getHandle(buildWorkflowId(buildId)).signal(definition);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw unavailable(error);
    }
  };

  return {
    async start({ buildId, tenantId, projectId, project, method, buildNumber }) {
      try {
        await client.workflow.start(BUILD_WORKFLOW_TYPE, {
          workflowId: buildWorkflowId(buildId),
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          taskQueue: CONTROL_TASK_QUEUE,
          workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
          args: [{ buildId, tenantId, projectId }],
          searchAttributes: {
            [SEARCH_ATTRIBUTES.status]: ['queued'],
            [SEARCH_ATTRIBUTES.tenant]: [tenantId],
            [SEARCH_ATTRIBUTES.project]: [project],
            [SEARCH_ATTRIBUTES.method]: [method],
          },
          staticSummary: `${project} #${buildNumber} (${method})`,
          staticDetails: `Build \`${buildId}\` of project **${project}**. The log and the steps are in Kiln.`,
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw unavailable(error);
      }
    },
    async state(buildId) {
      try {
        const { status } = await client.workflow.getHandle(buildWorkflowId(buildId)).describe();
        return status.name === 'RUNNING' ? 'open' : 'closed';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'missing';
        throw unavailable(error);
      }
    },
    signalCancel: (buildId) => signal(buildId, cancelBuildSignal),
    signalLeaseGranted: (buildId) => signal(buildId, leaseGrantedSignal),
    async ping() {
      try {
        // Not ensureConnected: a lazy connection keeps the answer of its first try for good.
        await client.withDeadline(Date.now() + PING_TIMEOUT_MS, () =>
          client.workflowService.getSystemInfo({}),
        );
      } catch (error) {
        throw unavailable(error);
      }
    },
  };
}

function unavailable(cause: unknown): KilnError {
  return new KilnError('unavailable', {
    message: 'Temporal does not answer.',
    detail: String(cause),
    cause,
  });
}
