import type { Connection, ScheduleSpec } from '@temporalio/client';
import { ScheduleAlreadyRunning, ScheduleClient, ScheduleOverlapPolicy } from '@temporalio/client';
import {
  BASE_IMAGES_SCHEDULE_ID,
  BASE_IMAGES_WORKFLOW_TYPE,
  CONTROL_TASK_QUEUE,
  INSPECTION_SCHEDULE_ID,
  INSPECTION_WORKFLOW_TYPE,
  RETENTION_SCHEDULE_ID,
  RETENTION_WORKFLOW_TYPE,
} from '../../../workflows/contract.js';
import { KilnError } from '../../domain/errors.js';

/** Once a night each, one after the other; and base images each hour. */
const SCHEDULES = [
  {
    ...{ scheduleId: RETENTION_SCHEDULE_ID, workflowType: RETENTION_WORKFLOW_TYPE },
    ...{ spec: { calendars: [{ hour: 3, minute: 17 }], jitter: '30m' }, catchupWindow: '1 day' },
  },
  {
    ...{ scheduleId: INSPECTION_SCHEDULE_ID, workflowType: INSPECTION_WORKFLOW_TYPE },
    ...{ spec: { calendars: [{ hour: 4, minute: 23 }], jitter: '30m' }, catchupWindow: '1 day' },
  },
  {
    ...{ scheduleId: BASE_IMAGES_SCHEDULE_ID, workflowType: BASE_IMAGES_WORKFLOW_TYPE },
    ...{ spec: { intervals: [{ every: '1 hour' }], jitter: '10m' }, catchupWindow: '1 hour' },
  },
] as const;

/**
 * Registers what Kiln does by the clock: the retention of images, their inspection by the newest database of the scanner, and the look at base images. Repeatable: a Schedule that exists is left as it is, since
 * somebody may have moved or paused it. Throws `setup_failed` when the cluster does not allow it.
 */
export async function setupSchedules(connection: Connection, namespace: string): Promise<void> {
  const schedules = new ScheduleClient({ connection, namespace });
  for (const schedule of SCHEDULES) await setupSchedule(schedules, namespace, schedule);
}

async function setupSchedule(
  schedules: ScheduleClient,
  namespace: string,
  { scheduleId, workflowType, spec, catchupWindow }: (typeof SCHEDULES)[number],
): Promise<void> {
  try {
    await schedules.create({
      scheduleId,
      spec: structuredClone(spec) as ScheduleSpec,
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow },
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
