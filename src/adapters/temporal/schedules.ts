import type { Connection } from '@temporalio/client';
import { ScheduleAlreadyRunning, ScheduleClient, ScheduleOverlapPolicy } from '@temporalio/client';
import {
  CONTROL_TASK_QUEUE,
  INSPECTION_SCHEDULE_ID,
  INSPECTION_WORKFLOW_TYPE,
  RETENTION_SCHEDULE_ID,
  RETENTION_WORKFLOW_TYPE,
} from '../../../workflows/contract.js';
import { KilnError } from '../../domain/errors.js';

/** Once a night each, one after the other. */
const SCHEDULES = [
  { scheduleId: RETENTION_SCHEDULE_ID, workflowType: RETENTION_WORKFLOW_TYPE, hour: 3, minute: 17 },
  { scheduleId: INSPECTION_SCHEDULE_ID, workflowType: INSPECTION_WORKFLOW_TYPE, hour: 4, minute: 23 },
] as const;

/**
 * Registers what Kiln does by the clock: the retention of images, and their inspection by the newest database of the scanner. Repeatable: a Schedule that exists is left as it is, since
 * somebody may have moved or paused it. Throws `setup_failed` when the cluster does not allow it.
 */
export async function setupSchedules(connection: Connection, namespace: string): Promise<void> {
  const schedules = new ScheduleClient({ connection, namespace });
  for (const schedule of SCHEDULES) await setupSchedule(schedules, namespace, schedule);
}

async function setupSchedule(
  schedules: ScheduleClient,
  namespace: string,
  { scheduleId, workflowType, hour, minute }: (typeof SCHEDULES)[number],
): Promise<void> {
  try {
    await schedules.create({
      scheduleId,
      spec: { calendars: [{ hour, minute }], jitter: '30m' },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
      action: {
        type: 'startWorkflow',
        workflowType,
        workflowId: scheduleId,
        taskQueue: CONTROL_TASK_QUEUE,
      },
    });
  } catch (cause) {
    if (cause instanceof ScheduleAlreadyRunning) return;
    throw new KilnError('setup_failed', {
      message: `Temporal does not take the Schedule ${scheduleId} of the namespace ${namespace}. Let an administrator of the cluster make it. (${String(cause)})`,
      cause,
    });
  }
}
