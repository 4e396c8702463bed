import type { RetryPolicy } from '@temporalio/common';
import { msOptionalToNumber } from '@temporalio/common/lib/time.js';

const DEFAULT_FIRST_MS = 1_000;
const DEFAULT_COEFFICIENT = 2;

/** Milliseconds that Temporal waits after the try of that number, from 1, as the retry policy of an activity says. */
export function pauseAfter(tryNumber: number, policy: RetryPolicy = {}): number {
  const firstMs = msOptionalToNumber(policy.initialInterval) ?? DEFAULT_FIRST_MS;
  const mostMs = msOptionalToNumber(policy.maximumInterval) ?? firstMs * 100;
  return Math.min(mostMs, firstMs * (policy.backoffCoefficient ?? DEFAULT_COEFFICIENT) ** (tryNumber - 1));
}
