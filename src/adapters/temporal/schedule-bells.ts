import { isDeepStrictEqual } from 'node:util';
import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/client';
import { KilnError } from '../../domain/errors.js';
import type { ScheduleBells, Schedule } from '../../ports/schedules.js';
import {
  scheduleBellId,
  scheduleOfBell,
  TICK_WORKFLOW_TYPE,
  tickStartOptions,
  CONTROL_TASK_QUEUE,
} from '../../../workflows/contract.js';
import { WORKFLOW_TASK_TIMEOUT_MS } from '../../../workflows/activity-options.js';
import {
  type Calendar,
  calendarsOf,
  namedRings,
  toCalendarSpec,
  toIntervalSpec,
} from './schedule-calendars.js';
import { describedFacts, wantedFacts } from './schedule-facts.js';

const NOT_FOUND = 5;
const INVALID_ARGUMENT = 3;

/** Temporal Schedules, one for each row of build_schedules, over a Temporal client. They only ring: overlaps are decided on the rows. */
export function createScheduleBells(client: Client): ScheduleBells {
  const bells = client.schedule;
  return {
    put: (schedule) =>
      asked(async () => {
        const { options } = bellOf(schedule);
        try {
          await bells.create(options);
          return;
        } catch (error) {
          if (!(error instanceof ScheduleAlreadyRunning)) throw error;
        }
        const { scheduleId, spec, policies, action, state } = options;
        await bells.getHandle(scheduleId).update(() => ({ spec, policies, action, state }));
      }),

    remove: (scheduleId) =>
      asked(async () => {
        try {
          await bells.getHandle(scheduleBellId(scheduleId)).delete();
        } catch (error) {
          if (!isMissing(error)) throw error;
        }
      }),

    isInStep: (schedule) =>
      asked(async () => {
        try {
          const described = await bells.getHandle(scheduleBellId(schedule.id)).describe();
          return isDeepStrictEqual(describedFacts(described), wantedFacts(bellOf(schedule)));
        } catch (error) {
          if (isMissing(error)) return false;
          throw error;
        }
      }),

    ids: () =>
      asked(async () => {
        const ids: string[] = [];
        for await (const { scheduleId } of bells.list()) {
          const id = scheduleOfBell(scheduleId);
          if (id !== null) ids.push(id);
        }
        return ids;
      }),

    ring: (scheduleId, at) =>
      asked(async () => {
        try {
          await client.workflow.start(TICK_WORKFLOW_TYPE, {
            ...tickStartOptions(scheduleId, at),
            taskQueue: CONTROL_TASK_QUEUE,
          });
        } catch (error) {
          if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        }
      }),
  };
}

/** A Temporal Schedule as it is to be, with its calendars in numbers. */
export interface Bell {
  readonly options: ReturnType<typeof optionsOf>;
  readonly calendars: readonly Calendar[];
}

function bellOf(schedule: Schedule): Bell {
  const calendars = calendarsOf(schedule);
  return { options: optionsOf(schedule, calendars), calendars };
}

function optionsOf(schedule: Schedule, calendars: readonly Calendar[]) {
  return {
    scheduleId: scheduleBellId(schedule.id),
    spec: {
      calendars: calendars.map(toCalendarSpec),
      intervals: namedRings(schedule, new Date().getUTCFullYear()).map(toIntervalSpec),
      timezone: schedule.timezone,
      jitter: schedule.jitterSeconds * 1000,
    },
    policies: {
      overlap: ScheduleOverlapPolicy.ALLOW_ALL,
      catchupWindow: schedule.catchupWindowSeconds * 1000,
      pauseOnFailure: false,
    },
    action: {
      type: 'startWorkflow' as const,
      workflowType: TICK_WORKFLOW_TYPE,
      workflowId: scheduleBellId(schedule.id),
      args: [{ scheduleId: schedule.id }],
      taskQueue: CONTROL_TASK_QUEUE,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    },
    state: {
      paused: !schedule.isActive,
      note: schedule.isActive
        ? `${schedule.project}: ${schedule.name}. Kept in step with Kiln; change it there.`
        : `${schedule.project}: ${schedule.name}, paused${schedule.pauseNote === null ? '' : `: ${schedule.pauseNote}`}`,
    },
  } satisfies ScheduleOptions;
}

function isMissing(error: unknown): boolean {
  return error instanceof ScheduleNotFoundError || codeOf(error) === NOT_FOUND;
}

function codeOf(error: unknown): unknown {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return code ?? cause?.code;
}

async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    // The client says by a TypeError that Temporal refuses a new schedule, JavaScript by a RangeError that it knows no such zone.
    if (codeOf(cause) === INVALID_ARGUMENT || cause instanceof TypeError || cause instanceof RangeError) {
      throw new KilnError('invalid_request', {
        message: `Temporal does not take the schedule: ${cause instanceof Error ? ((cause.cause as Error | undefined)?.message ?? cause.message) : String(cause)}`,
        cause,
      });
    }
    throw new KilnError('unavailable', {
      message: 'Temporal does not answer.',
      detail: String(cause),
      cause,
    });
  }
}
