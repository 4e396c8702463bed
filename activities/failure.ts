import { ApplicationFailure } from '@temporalio/common';
import { toKilnError } from '../src/domain/errors.js';

/**
 * The activity border: a KilnError becomes an ApplicationFailure whose type is the error's code. Temporal repeats it unless the
 * table says that a repetition cannot help. The message is the public text, since a build's failure reason may be made from it; what is
 * for the operator stands in the details.
 */
export function toFailure(thrown: unknown): ApplicationFailure {
  const error = toKilnError(thrown);
  return ApplicationFailure.create({
    type: error.code,
    message: error.message,
    details: error.detail === undefined ? [] : [error.detail],
    nonRetryable: !error.rule.retryable,
    cause: error,
  });
}

/** Runs an activity's one call and maps what it throws. */
export async function mapped<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toFailure(error);
  }
}
