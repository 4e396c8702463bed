import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';
import type { Ending } from './contract.js';
import { applicationFailure } from './failure-code.js';

/**
 * The ending of a build whose copy or tags failed. Branches on the failure's type (a code of the error table), never on its message. Of
 * time that ran out the last try's failure counts; where Temporal has none, the registry is what was waited for.
 */
export function publishFailed(error: unknown): Extract<Ending, { kind: 'publish_failed' }> {
  const timeout = timeoutOf(error);
  const failure = applicationFailure(timeout === null ? error : timeout.cause);
  if (failure === null && timeout !== null && timeout.timeoutType !== 'HEARTBEAT') return NOT_IN_TIME;
  return {
    kind: 'publish_failed',
    code: failure?.type ?? 'internal',
    message: failure?.message ?? 'The image could not be published.',
  };
}

const NOT_IN_TIME = {
  kind: 'publish_failed',
  code: 'registry_unreachable',
  message: 'The image could not be published in time: a registry did not answer.',
} as const;

function timeoutOf(error: unknown): TimeoutFailure | null {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof TimeoutFailure ? cause : null;
}
