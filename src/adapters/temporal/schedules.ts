import type { Connection } from '@temporalio/client';
import { ScheduleAlreadyRunning, ScheduleClient, ScheduleOverlapPolicy } from '@temporalio/client';
import {
  CONTROL_TASK_QUEUE,
  RETENTION_SCHEDULE_ID,
  RETENTION_WORKFLOW_TYPE,
} from '../../../workflows/contract.js';
import { KilnError } from '../../domain/errors.js';

/**
 * Registers what Kiln does by the clock: the retention of images, once a night. Repeatable: a Schedule that exists is left as it is, since
 * somebody may have moved or paused it. Throws `setup_failed` when the cluster does not allow it.
 */
export async function setupSchedules(connection: Connection, namespace: string): Promise<void> {
  const schedules = new ScheduleClient({ connection, namespace });
  try {
    await schedules.create({
      scheduleId: RETENTION_SCHEDULE_ID,
      spec: { calendars: [{ hour: 3, minute: 17 }], jitter: '30m' },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
      action: {
        type: 'startWorkflow',
        workflowType: RETENTION_WORKFLOW_TYPE,
        workflowId: RETENTION_SCHEDULE_ID,
        taskQueue: CONTROL_TASK_QUEUE,
      },
    });
  } catch (cause) {
    if (cause instanceof ScheduleAlreadyRunning) return;
    throw new KilnError('setup_failed', {
      message: `Temporal does not take the Schedule ${RETENTION_SCHEDULE_ID} of the namespace ${namespace}. Let an administrator of the cluster make it. (${String(cause)})`,
      cause,
    });
  }
}
