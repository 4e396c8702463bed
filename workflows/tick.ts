import { ApplicationFailure, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import { CONTROL_OPTIONS } from './activity-options.js';
import type { ControlActivities } from './activity-types.js';
import type { TickInput, TickOutput } from './contract.js';

const control = proxyLocalActivities<ControlActivities>(CONTROL_OPTIONS);
/** What a Temporal Schedule tells the workflow that it starts: the time that it rings for, without the jitter. */
const RUNG_FOR = 'TemporalScheduledStartTime';

/** Runs one tick of a schedule. */
export async function tick({ scheduleId, at }: TickInput): Promise<TickOutput> {
  const time = at ?? timeRungFor();
  if (time === null) throw ApplicationFailure.nonRetryable('A tick needs its time.', 'internal');
  return control.runTick({ scheduleId, at: time });
}

function timeRungFor(): string | null {
  const given = workflowInfo().typedSearchAttributes.getAll();
  const found = given.find(({ key }) => key.name === RUNG_FOR)?.value;
  return found instanceof Date ? found.toISOString() : null;
}
