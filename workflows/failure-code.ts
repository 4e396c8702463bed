import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';

/** The code of the error table that an activity failed with; null for any other failure. */
export function failureCode(error: unknown): string | null {
  return applicationFailure(error)?.type ?? null;
}

/** What the activity border threw, unwrapped. */
export function applicationFailure(error: unknown): ApplicationFailure | null {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure ? cause : null;
}
