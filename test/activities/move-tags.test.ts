import { ApplicationFailure, asyncLocalStorage, type Context } from '@temporalio/activity';
import { moveTags, moveTagsAgain } from '../../activities/move-tags.js';
import { KilnError } from '../../src/domain/errors.js';

const lease = { buildId: 'b', attempt: 1, leaseId: 'l', fence: 1 };
const message = 'The tag r/app:1 could not be moved in time: its registry does not answer.';

/** What a try throws whose first one began so long ago. */
function failedTry(number: number, sinceMs: number, tagTries = 25): Promise<ApplicationFailure> {
  const context = {
    info: {
      attempt: Math.max(1, number - 1),
      scheduledTimestampMs: Date.now() - sinceMs,
      retryPolicy: { initialInterval: 500, maximumInterval: 10_000 },
    },
    cancellationSignal: new AbortController().signal,
    heartbeat: () => undefined,
    log: { warn: () => undefined },
  } as unknown as Context;
  const recorder = {
    moveTags: () => Promise.reject(new KilnError('registry_unreachable', { message })),
    noteWait: () => Promise.resolve(),
  };
  const registryFor = () => ({ tag: () => Promise.resolve() });
  const deps = { recorder, registryFor, tagTries };
  const again = { ...lease, sinceMs: Date.now() - sinceMs };
  return asyncLocalStorage.run(context, () =>
    (number === 1 ? moveTags(deps, lease) : moveTagsAgain(deps, again)).then(
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
])('try %i of a tag, %i ms after the first one began, is the last one: %s', async (number, sinceMs, last) => {
  const failed = await failedTry(number, sinceMs);
  expect(failed).toBeInstanceOf(ApplicationFailure);
  expect(failed).toMatchObject({ type: 'registry_unreachable', nonRetryable: last });
  expect(failed.message).toContain(last ? `${message} It was tried ${number} times since` : message);
});

it('has as many tries in all as are set, be it one', async () => {
  expect(await failedTry(1, 0, 1)).toMatchObject({ nonRetryable: true });
  expect(await failedTry(1, 0, 2)).toMatchObject({ nonRetryable: false });
  expect(await failedTry(2, 0, 2)).toMatchObject({ nonRetryable: true });
});
