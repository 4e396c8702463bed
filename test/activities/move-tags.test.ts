import { ApplicationFailure, asyncLocalStorage, type Context } from '@temporalio/activity';
import { moveTags } from '../../activities/move-tags.js';
import { KilnError } from '../../src/domain/errors.js';

const lease = { buildId: 'b', attempt: 1, leaseId: 'l', fence: 1 };
const message = 'The tag r/app:1 could not be moved in time: its registry does not answer.';

/** What a try throws that began its first one so long ago. */
function failedTry(attempt: number, sinceMs: number): Promise<ApplicationFailure> {
  const context = {
    info: {
      attempt,
      scheduledTimestampMs: Date.now() - sinceMs,
      retryPolicy: { initialInterval: 500, maximumInterval: 10_000 },
    },
    cancellationSignal: new AbortController().signal,
    log: { warn: () => undefined },
  } as unknown as Context;
  const recorder = {
    moveTags: () => Promise.reject(new KilnError('registry_unreachable', { message })),
    noteWait: () => Promise.resolve(),
  };
  const registryFor = () => ({ tag: () => Promise.resolve() });
  const deps = { recorder, registryFor, tagTries: 25 };
  return asyncLocalStorage.run(context, () =>
    moveTags(deps, lease).then(
      () => Promise.reject(new Error('it was moved')),
      (error: unknown) => error as ApplicationFailure,
    ),
  );
}

test.each([
  [3, 30_000, false],
  [10, 225_000, false],
  [10, 235_000, true],
  [25, 205_000, true],
])(
  'try %i of a tag, %i ms after the first one began, is the last one: %s',
  async (attempt, sinceMs, last) => {
    const failed = await failedTry(attempt, sinceMs);
    expect(failed).toBeInstanceOf(ApplicationFailure);
    expect(failed).toMatchObject({ type: 'registry_unreachable', nonRetryable: last });
    expect(failed.message).toContain(last ? `${message} It was tried ${attempt} times since` : message);
  },
);
