import { asyncLocalStorage, ApplicationFailure, CancelledFailure, type Context } from '@temporalio/activity';
import { createWorkerActivities } from '../../activities/worker-activities.js';
import { KilnError } from '../../src/domain/errors.js';
import type { LeaseRef } from '../../src/domain/dispatch/lease.js';
import type { PublicationReport } from '../../src/domain/builds/publication.js';
import type { CopyReport, ImageRegistry } from '../../src/ports/image-registry.js';
import type { Supervisor } from '../../src/ports/supervisor.js';

const lease: LeaseRef = {
  buildId: '00000000-0000-4000-8000-000000000001',
  attempt: 1,
  leaseId: '00000000-0000-4000-8000-000000000002',
  fence: 1,
};

/** A supervisor whose run lasts until its signal fires. */
function aSupervisor(change: Partial<Supervisor> = {}): Supervisor & { stopped: LeaseRef[] } {
  const stopped: LeaseRef[] = [];
  return {
    stopped,
    run: (_lease, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new KilnError('supervisor_unavailable')));
      }),
    stop: (which) => Promise.resolve(void stopped.push(which)),
    putPublication: () => Promise.resolve([]),
    publishSpec: () => Promise.resolve({ from: 'r/staging', to: ['r/a', 'r/b'], registries: [] }),
    ...change,
  };
}

function aContext() {
  const abort = new AbortController();
  const heartbeats: number[] = [];
  let details: object | undefined;
  const context = {
    info: { attempt: 2, retryPolicy: { maximumAttempts: 7 } },
    heartbeat: () => void heartbeats.push(Date.now()),
    cancellationSignal: abort.signal,
    get cancellationDetails() {
      return details;
    },
  } as unknown as Context;
  return {
    heartbeats,
    cancel(why: object) {
      details = why;
      abort.abort(new CancelledFailure('CANCELLED'));
    },
    run: <T>(work: () => Promise<T>): Promise<T> => asyncLocalStorage.run(context, work),
  };
}

const registry = {
  copy: () => Promise.reject(new KilnError('internal')),
  head: () => Promise.resolve(null),
  endUploads: () => Promise.resolve(),
};

const aManifest = { digest: 'sha256:1', mediaType: 'm', sizeBytes: 1 };

describe('the build activity', () => {
  it('is tried again where another host speaks as the worker, which may be asked next', async () => {
    const supervisor = aSupervisor({ run: () => Promise.reject(new KilnError('worker_taken')) });
    const activities = createWorkerActivities({ supervisor, registryFor: () => registry });
    await expect(aContext().run(() => activities.buildImage(lease))).rejects.toMatchObject({
      type: 'worker_taken',
      nonRetryable: false,
    });
  });

  it('gives the report of the run and beats meanwhile', async () => {
    const report = { result: 'succeeded', manifestDigest: 'sha256:1' } as const;
    const context = aContext();
    const run = async (): Promise<typeof report> => {
      while (context.heartbeats.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
      return report;
    };
    const activities = createWorkerActivities({
      supervisor: aSupervisor({ run }),
      registryFor: () => registry,
      heartbeatMs: 10,
    });
    expect(await context.run(() => activities.buildImage(lease))).toEqual(report);
  });

  it('ends the run before it accepts a cancel', async () => {
    const supervisor = aSupervisor();
    const context = aContext();
    const building = context.run(() =>
      createWorkerActivities({ supervisor, registryFor: () => registry }).buildImage(lease),
    );
    context.cancel({ cancelRequested: true });
    await expect(building).rejects.toBeInstanceOf(CancelledFailure);
    expect(supervisor.stopped).toEqual([lease]);
  });

  it('leaves the run alone when only the worker is shut down', async () => {
    const supervisor = aSupervisor();
    const context = aContext();
    const building = context.run(() =>
      createWorkerActivities({ supervisor, registryFor: () => registry }).buildImage(lease),
    );
    context.cancel({ workerShutdown: true });
    await expect(building).rejects.toBeInstanceOf(CancelledFailure);
    expect(supervisor.stopped).toEqual([]);
  });

  it.each([
    ['unauthenticated', true],
    ['supervisor_unavailable', false],
  ] as const)('fails with the type %s', async (code, nonRetryable) => {
    const supervisor = aSupervisor({ run: () => Promise.reject(new KilnError(code)) });
    const activities = createWorkerActivities({ supervisor, registryFor: () => registry });
    const failure: unknown = await aContext()
      .run(() => activities.buildImage(lease))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: code, nonRetryable });
  });
});

const A_COPY: CopyReport = {
  totalBlobs: 3,
  totalBytes: 300,
  mountedBlobs: 1,
  uploadedBlobs: 1,
  existingBlobs: 1,
  sparedBytes: 200,
  sentBytes: 100,
};

describe('the publish activity', () => {
  it('copies the digest from staging to each repository', async () => {
    const copies: string[] = [];
    const copy = (from: string, to: string, digest: string) => {
      copies.push(`${from}@${digest} ${to}`);
      return Promise.resolve(A_COPY);
    };
    const activities = createWorkerActivities({
      supervisor: aSupervisor(),
      registryFor: () => ({ ...registry, copy }),
    });
    await aContext().run(() => activities.publishImage({ ...lease, digest: 'sha256:1' }));
    expect(copies).toEqual(['r/staging@sha256:1 r/a', 'r/staging@sha256:1 r/b']);
  });

  it('has it kept how far each copy is, and awaits the last word', async () => {
    const told: PublicationReport[] = [];
    const supervisor = aSupervisor({
      putPublication: (_lease, report) => {
        told.push(report);
        return Promise.resolve([]);
      },
    });
    const copy: ImageRegistry['copy'] = async (_from, _to, _digest, _signal, onProgress) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      onProgress?.({ ...A_COPY, uploadedBlobs: 0, sentBytes: 40 });
      await new Promise((resolve) => setTimeout(resolve, 20));
      return A_COPY;
    };
    const activities = createWorkerActivities({
      supervisor,
      registryFor: () => ({ ...registry, copy }),
      tellEveryMs: 1,
    });
    await aContext().run(() => activities.publishImage({ ...lease, digest: 'sha256:1' }));
    const first = told.filter(({ repository }) => repository === 'r/a');
    expect(first[0]).toMatchObject({ status: 'copying', tryNumber: 2, totalBlobs: 0 });
    expect(first.map(({ sentBytes }) => sentBytes)).toContain(40);
    expect(first.at(-1)).toMatchObject({ status: 'copied', sentBytes: 100, waitingReason: null });
    expect(told.at(-1)).toMatchObject({ repository: 'r/b', status: 'copied' });
  });

  it('goes on with the uploads that an earlier try has left open, and keeps those of its own', async () => {
    const told: PublicationReport[] = [];
    const left = { digest: 'sha256:a', address: '/v2/a/blobs/uploads/1', sentBytes: 8 };
    const supervisor = aSupervisor({
      putPublication: (_lease, report) => {
        told.push(report);
        return Promise.resolve(report.repository === 'r/a' ? [left] : []);
      },
    });
    const found: unknown[] = [];
    const copy: ImageRegistry['copy'] = (_from, to, _digest, _signal, onProgress, options) => {
      found.push([to, options?.uploads?.find('sha256:a'), options?.alsoAt]);
      options?.uploads?.forget('sha256:a');
      options?.uploads?.keep({ digest: 'sha256:b', address: '/v2/a/blobs/uploads/2', sentBytes: 5 });
      onProgress?.(A_COPY);
      return Promise.reject(new KilnError('registry_unreachable'));
    };
    const activities = createWorkerActivities({ supervisor, registryFor: () => ({ ...registry, copy }) });
    await aContext()
      .run(() => activities.publishImage({ ...lease, digest: 'sha256:1' }))
      .catch(() => undefined);
    expect(found).toEqual([['r/a', left, []]]);
    expect(told[0]).not.toHaveProperty('openUploads');
    expect(told.at(-1)).toMatchObject({
      status: 'waiting',
      openUploads: [{ digest: 'sha256:b', sentBytes: 5 }],
    });
  });

  it.each([
    [
      'a cancel ends the uploads that are under way, and waits for no registry',
      { cancelRequested: true },
      true,
    ],
    ['a worker that is shut down leaves its uploads for the next try', { workerShutdown: true }, false],
  ])('%s', async (_what, why, isEnded) => {
    const upload = { digest: 'sha256:b', address: '/v2/a/blobs/uploads/2', sentBytes: 5 };
    const ended: unknown[] = [];
    const stuck = {
      ...registry,
      copy: (...[, , , signal, , options]: Parameters<ImageRegistry['copy']>) => {
        options?.uploads?.keep(upload);
        context.cancel(why);
        return Promise.reject(signal?.reason as Error);
      },
      endUploads: (...[repository, uploads]: Parameters<ImageRegistry['endUploads']>) => {
        ended.push([repository, uploads]);
        return new Promise<void>(() => undefined);
      },
    };
    const context = aContext();
    const activities = createWorkerActivities({ supervisor: aSupervisor(), registryFor: () => stuck });
    const publishing = context.run(() => activities.publishImage({ ...lease, digest: 'sha256:1' }));
    await expect(publishing).rejects.toBeInstanceOf(CancelledFailure);
    expect(ended).toEqual(isEnded ? [['r/a', [upload]]] : []);
  });

  it.each([
    ['registry_unreachable', 'waiting', /does not answer.*try 3 of 7/s],
    ['registry_denied', 'given_up', null],
  ] as const)('says of %s that the copy is %s', async (code, status, reason) => {
    const told: PublicationReport[] = [];
    const supervisor = aSupervisor({
      putPublication: (_lease, report) => {
        told.push(report);
        return Promise.resolve([]);
      },
    });
    const copy = () => Promise.reject(new KilnError(code));
    const activities = createWorkerActivities({ supervisor, registryFor: () => ({ ...registry, copy }) });
    await aContext()
      .run(() => activities.publishImage({ ...lease, digest: 'sha256:1' }))
      .catch(() => undefined);
    expect(told.at(-1)).toMatchObject({
      status,
      waitingReason: reason === null ? null : expect.stringMatching(reason),
    });
  });

  it('fetches credentials again when a registry asks for them again', async () => {
    let rotation = 0;
    const supervisor = aSupervisor({
      publishSpec: () =>
        Promise.resolve({
          from: 'r/staging',
          to: ['r/a'],
          registries: [{ host: 'r', username: 'u', password: `p${++rotation}` }],
        }),
    });
    const passwords: unknown[] = [];
    const activities = createWorkerActivities({
      supervisor,
      registryFor: ({ credentials }) => ({
        ...registry,
        copy: async () => {
          for (let asked = 0; asked < 3; asked++) passwords.push((await credentials())[0]?.password);
          return A_COPY;
        },
      }),
    });
    await aContext().run(() => activities.publishImage({ ...lease, digest: 'sha256:1' }));
    expect(passwords).toEqual(['p1', 'p2', 'p3']);
  });

  it.each([
    ['staging has lost the image', null, 'staged_image_missing'],
    ['the destination is what is not there', aManifest, 'not_found'],
  ])('says that %s', async (_what, head, type) => {
    const lost = {
      ...registry,
      copy: () => Promise.reject(new KilnError('not_found')),
      head: () => Promise.resolve(head),
    };
    const activities = createWorkerActivities({ supervisor: aSupervisor(), registryFor: () => lost });
    const publishing = aContext().run(() => activities.publishImage({ ...lease, digest: 'sha256:1' }));
    await expect(publishing).rejects.toMatchObject({ type, nonRetryable: true });
  });

  it('copies nothing under a lease that is over', async () => {
    const supervisor = aSupervisor({ publishSpec: () => Promise.reject(new KilnError('stale_fence')) });
    const activities = createWorkerActivities({ supervisor, registryFor: () => registry });
    const publishing = aContext().run(() => activities.publishImage({ ...lease, digest: 'sha256:1' }));
    await expect(publishing).rejects.toMatchObject({ type: 'stale_fence', nonRetryable: true });
  });
});
