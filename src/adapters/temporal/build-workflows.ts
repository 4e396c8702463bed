import type { Client } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { KilnError } from '../../domain/errors.js';
import type { BuildWorkflows } from '../../ports/build-workflows.js';
import { WORKFLOW_TASK_TIMEOUT_MS } from '../../../workflows/activity-options.js';
import type { BuildStart } from '../../../workflows/contract.js';
import {
  approveBuildSignal,
  ATTEST_WORKFLOW_TYPE,
  attestStartOptions,
  BUILD_WORKFLOW_TYPE,
  buildStartOptions,
  buildOfWorkflow,
  buildWorkflowId,
  cancelBuildSignal,
  CONTROL_TASK_QUEUE,
  EXPLORE_WORKFLOW_TYPE,
  exploreStartOptions,
  leaseGrantedSignal,
  rejectBuildSignal,
  RETRY_WORKFLOW_TYPE,
  retryBuildSignal,
  retryWorkflowId,
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
    async start(build) {
      try {
        await (build.firstBuildId === null
          ? client.workflow.start(BUILD_WORKFLOW_TYPE, {
              ...buildStartOptions(build),
              taskQueue: CONTROL_TASK_QUEUE,
            })
          : startInChain(client, build, build.firstBuildId));
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
    async openBuilds(olderThanMs) {
      const before = new Date(Date.now() - olderThanMs).toISOString();
      const query = `WorkflowType = '${BUILD_WORKFLOW_TYPE}' AND ExecutionStatus = 'Running' AND StartTime < '${before}'`;
      const buildIds = new Set<string>();
      try {
        for await (const { workflowId } of client.workflow.list({ query })) {
          const buildId = buildOfWorkflow(workflowId);
          if (buildId !== null) buildIds.add(buildId);
        }
      } catch (error) {
        throw unavailable(error);
      }
      return buildIds;
    },
    async terminate(buildId, reason) {
      try {
        await client.workflow.getHandle(buildWorkflowId(buildId)).terminate(reason);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw unavailable(error);
      }
    },
    async explore(image) {
      try {
        await client.workflow.start(EXPLORE_WORKFLOW_TYPE, {
          ...exploreStartOptions(image),
          taskQueue: CONTROL_TASK_QUEUE,
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw unavailable(error);
      }
    },
    async attest(buildId) {
      try {
        await client.workflow.start(ATTEST_WORKFLOW_TYPE, {
          ...attestStartOptions(buildId),
          taskQueue: CONTROL_TASK_QUEUE,
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw unavailable(error);
      }
    },
    signalCancel: (buildId) => signal(buildId, cancelBuildSignal),
    signalLeaseGranted: (buildId) => signal(buildId, leaseGrantedSignal),
    signalDecision: (buildId, decision) =>
      signal(buildId, decision === 'approved' ? approveBuildSignal : rejectBuildSignal),
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

/** The workflow of the chain is open or opened; it starts the build as its child. */
async function startInChain(client: Client, start: BuildStart, firstBuildId: string): Promise<void> {
  const { buildId, tenantId, projectId, project, method, buildNumber } = start;
  const build: BuildStart = { buildId, tenantId, projectId, project, method, buildNumber, firstBuildId };
  await client.workflow.signalWithStart(RETRY_WORKFLOW_TYPE, {
    workflowId: retryWorkflowId(firstBuildId),
    taskQueue: CONTROL_TASK_QUEUE,
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    signal: retryBuildSignal,
    signalArgs: [build],
    searchAttributes: {
      [SEARCH_ATTRIBUTES.tenant]: [build.tenantId],
      [SEARCH_ATTRIBUTES.project]: [build.project],
    },
    staticSummary: `${build.project}: retries of a build`,
    staticDetails: `The chain of retries of build \`${firstBuildId}\`.`,
  });
}

function unavailable(cause: unknown): KilnError {
  return new KilnError('unavailable', {
    message: 'Temporal does not answer.',
    detail: String(cause),
    cause,
  });
}
