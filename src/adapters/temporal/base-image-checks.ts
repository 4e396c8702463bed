import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import {
  baseImagesStartOptions,
  BASE_IMAGES_WORKFLOW_TYPE,
  CONTROL_TASK_QUEUE,
} from '../../../workflows/contract.js';
import { KilnError } from '../../domain/errors.js';
import type { BaseImageChecks } from '../../ports/base-images.js';

/** Looks at base images that somebody asks for, over a Temporal client. */
export function createBaseImageChecks(client: Client): BaseImageChecks {
  return {
    async start(tenantId) {
      try {
        await client.workflow.start(BASE_IMAGES_WORKFLOW_TYPE, {
          ...baseImagesStartOptions(tenantId),
          taskQueue: CONTROL_TASK_QUEUE,
        });
      } catch (cause) {
        if (cause instanceof WorkflowExecutionAlreadyStartedError) return;
        throw new KilnError('unavailable', {
          message: 'Temporal does not answer.',
          detail: String(cause),
          cause,
        });
      }
    },
  };
}
