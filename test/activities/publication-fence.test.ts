import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { createWorkerActivities } from '../../activities/worker-activities.js';
import { KilnError } from '../../src/domain/errors.js';
import type { ImageRegistry } from '../../src/ports/image-registry.js';
import type { Supervisor } from '../../src/ports/supervisor.js';

const lease = { buildId: 'b', attempt: 1, leaseId: 'l', fence: 1 };
const context = {
  info: { attempt: 1 },
  heartbeat: () => undefined,
  cancellationSignal: new AbortController().signal,
} as unknown as Context;

/** Publishes to two repositories; gives what happened in which order. A cancel has come before the publication to one of them. */
async function publish(cancelledBefore: string | null): Promise<{ events: string[]; end: unknown }> {
  const events: string[] = [];
  const supervisor = {
    publishSpec: () => Promise.resolve({ from: 'r/staging', to: ['r/a', 'r/b'], registries: [] }),
    putPublication: (_lease, { begins, repository }) => {
      if (begins === undefined) return Promise.resolve([]);
      events.push(`begins ${repository} ${begins.wasThere}`);
      return repository === cancelledBefore
        ? Promise.reject(new KilnError('cancelled'))
        : Promise.resolve([]);
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
    .run(context, () => activities.publishImage({ ...lease, digest: 'sha256:1' }))
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
