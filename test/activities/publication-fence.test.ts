import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { type ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { LATE_REQUEST_MS } from '../../src/domain/late-requests.js';
import { PUBLISH_OPTIONS } from '../../workflows/activity-options.js';
import { createWorkerActivities } from '../../activities/worker-activities.js';
import { type ErrorCode, KilnError } from '../../src/domain/errors.js';
import type { ImageRegistry } from '../../src/ports/image-registry.js';
import type { Supervisor } from '../../src/ports/supervisor.js';

const lease = { buildId: 'b', attempt: 1, leaseId: 'l', fence: 1 };
const contextOf = (attempt: number, cancellationSignal = new AbortController().signal) =>
  ({ info: { attempt }, heartbeat: () => undefined, cancellationSignal }) as unknown as Context;

/** Publishes to two repositories; gives what happened in which order. The publication to one of them may not begin. */
async function publish(
  refusedBefore: string | null,
  code: ErrorCode = 'cancelled',
  tryNumber = 1,
): Promise<{ events: string[]; end: unknown }> {
  const events: string[] = [];
  const supervisor = {
    publishSpec: () => Promise.resolve({ from: 'r/staging', to: ['r/a', 'r/b'], registries: [] }),
    putPublication: (_lease, { begins, repository }) => {
      if (begins === undefined) return Promise.resolve([]);
      events.push(`begins ${repository} ${begins.wasThere}`);
      return repository === refusedBefore ? Promise.reject(new KilnError(code)) : Promise.resolve([]);
    },
  } as Partial<Supervisor> as Supervisor;
  const copy: ImageRegistry['copy'] = async (_from, to, _digest, _signal, _onProgress, options) => {
    await options?.beforeManifest?.(to === 'r/b');
    events.push(`manifest ${to}`);
    return {
      ...{ totalBlobs: 1, totalBytes: 1, mountedBlobs: 0, uploadedBlobs: 1 },
      ...{ existingBlobs: 0, sparedBytes: 0, sentBytes: 1 },
    };
  };
  const registry = { copy, head: () => Promise.resolve(null), endUploads: () => Promise.resolve() };
  const activities = createWorkerActivities({ supervisor, registryFor: () => registry });
  const end = await asyncLocalStorage
    .run(contextOf(tryNumber), () => activities.publishImage({ ...lease, digest: 'sha256:1' }))
    .catch((error: unknown) => error);
  return { events, end };
}

it('commits that the publication begins before a manifest goes to each repository', async () => {
  expect(await publish(null)).toEqual({
    events: ['begins r/a false', 'manifest r/a', 'begins r/b true', 'manifest r/b'],
    end: undefined,
  });
});

it('sends no manifest where a cancel came first, and ends as cancelled', async () => {
  expect(await publish('r/b')).toEqual({
    events: ['begins r/a false', 'manifest r/a', 'begins r/b true'],
    end: expect.objectContaining({ type: 'cancelled', nonRetryable: true }),
  });
});

it('waits for a removal on its way, shortly at first, and in all its tries for longer than one counts that is never answered', async () => {
  const pauses = [];
  for (let tryNumber = 1; tryNumber < PUBLISH_OPTIONS.retry!.maximumAttempts!; tryNumber++) {
    const { events, end } = await publish('r/a', 'removal_unanswered', tryNumber);
    expect(events).toEqual(['begins r/a false']);
    expect(end).toMatchObject({ type: 'removal_unanswered', nonRetryable: false });
    pauses.push((end as ApplicationFailure).nextRetryDelay as number);
  }
  expect(pauses[0]).toBeLessThan(30_000);
  expect(pauses.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(LATE_REQUEST_MS);
});

it.each(['publishSpec', 'putPublication'] as const)(
  'waits for no answer of %s after a cancel: the call ends with it',
  async (method) => {
    const cancel = new AbortController();
    const stuck = (...args: unknown[]): Promise<never> =>
      new Promise((_resolve, reject) => {
        const signal = args.at(-1) as AbortSignal;
        signal.addEventListener('abort', () => reject(new KilnError('supervisor_unavailable')));
        cancel.abort(new CancelledFailure('cancelled'));
      });
    const supervisor = {
      publishSpec: () => Promise.resolve({ from: 'r/staging', to: ['r/a'], registries: [] }),
      [method]: stuck,
    } as Partial<Supervisor> as Supervisor;
    const registryFor = () => ({}) as ImageRegistry;
    const activities = createWorkerActivities({ supervisor, registryFor });
    const publishing = asyncLocalStorage.run(contextOf(2, cancel.signal), () =>
      activities.publishImage({ ...lease, digest: 'sha256:1' }),
    );
    await expect(publishing).rejects.toBeInstanceOf(CancelledFailure);
  },
);
