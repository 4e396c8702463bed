import { ERRORS, isErrorCode, type ErrorRule } from '../errors.js';

/** How often and after which waits an attempt that failed for the infrastructure's sake is made again inside the same build. */
export const ATTEMPT_POLICY = { maxAttempts: 4, firstWaitMs: 1_000, factor: 5, maxWaitMs: 60_000 } as const;

/** Whether the error table calls this code a fault of the infrastructure, which says nothing about the build. */
export function isInfrastructureFault(code: string): boolean {
  return isErrorCode(code) && (ERRORS[code] as ErrorRule).infrastructure === true;
}

/**
 * Milliseconds until the next attempt of a build whose newest attempt failed with `code`; null when there is none to be. `faults`
 * counts the attempts that failed so, the newest among them.
 */
export function waitBeforeNextAttempt(code: string, faults: number): number | null {
  const { maxAttempts, firstWaitMs, factor, maxWaitMs } = ATTEMPT_POLICY;
  if (!isInfrastructureFault(code) || faults >= maxAttempts) return null;
  return Math.min(maxWaitMs, firstWaitMs * factor ** (faults - 1));
}
