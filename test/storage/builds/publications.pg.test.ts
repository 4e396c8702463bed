import type { PublicationReport } from '../../../src/domain/builds/publication.js';
import { KilnError } from '../../../src/domain/errors.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { aName, anImage, anOutcome, aRunningBuild, aTenant, finish } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

async function aPublishingBuild() {
  const running = await aRunningBuild(db, { destinations: ['r.test/app:1', 'r.test/app:2'] });
  const image = anImage(aName('image'));
  await finish(db, running.holder, anOutcome({ image }));
  const gate = createLeaseGate(db.api);
  const builds = createBuildStore(db.api);
  return {
    ...running,
    put: (change: Partial<PublicationReport>, fence = 1) =>
      gate.putPublication(
        running.holder,
        fence,
        aReport({ manifestDigest: image.manifestDigest, ...change }),
      ),
    read: async () => (await builds.publications(running.tenant, running.build.id))[0],
  };
}

function aReport(change: Partial<PublicationReport>): PublicationReport {
  return {
    repository: 'r.test/app',
    manifestDigest: 'sha256:1',
    status: 'copying',
    tryNumber: 1,
    totalBlobs: 3,
    mountedBlobs: 0,
    existingBlobs: 0,
    uploadedBlobs: 0,
    totalBytes: 300,
    sparedBytes: 0,
    sentBytes: 0,
    waitingReason: null,
    ...change,
  };
}

const COPIED = { status: 'copied', existingBlobs: 3, sparedBytes: 300 } as const;

test('how far a copy is can be read while it goes on, by its tenant alone', async () => {
  const { put, read, build } = await aPublishingBuild();
  await put({ mountedBlobs: 1, sparedBytes: 100, sentBytes: 50 });
  expect(await read()).toEqual({
    repository: 'r.test/app',
    manifest_digest: expect.stringMatching(/^sha256:/),
    status: 'copying',
    total_blobs: 3,
    mounted_blobs: 1,
    existing_blobs: 0,
    uploaded_blobs: 0,
    total_bytes: 300,
    spared_bytes: 100,
    sent_bytes: 50,
    waiting_reason: null,
    started_at: expect.any(String),
    completed_at: null,
    removed_at: null,
    not_served_at: null,
    tidy_due_at: null,
    tidy_trouble: null,
  });
  await expect(createBuildStore(db.api).publications(await aTenant(db), build.id)).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('what earlier tries have sent is added up', async () => {
  const { put, read } = await aPublishingBuild();
  await put({ uploadedBlobs: 1, sentBytes: 180 });
  await put({ status: 'waiting', uploadedBlobs: 1, sentBytes: 180, waitingReason: 'It does not answer.' });
  expect(await read()).toMatchObject({ status: 'waiting', waiting_reason: 'It does not answer.' });

  await put({ tryNumber: 2, uploadedBlobs: 2, sentBytes: 200 });
  await put({ tryNumber: 2, status: 'copied', uploadedBlobs: 2, sentBytes: 200 });

  expect(await read()).toMatchObject({
    status: 'copied',
    uploaded_blobs: 3,
    existing_blobs: 0,
    sent_bytes: 380,
    waiting_reason: null,
    completed_at: expect.any(String),
  });
});

test('a copy that begins again, since the repository has lost the image, tells its own bytes and adds them up', async () => {
  const { put, read, lease } = await aPublishingBuild();
  await put({ status: 'copied', uploadedBlobs: 2, existingBlobs: 1, sentBytes: 200, sparedBytes: 100 });
  const gone = () => Promise.reject(new KilnError('not_found'));

  expect(await createRecorder(db.controller).moveTags(lease, gone)).toEqual({ result: 'missing' });

  expect(await read()).toMatchObject({ status: 'copying', uploaded_blobs: 2, sent_bytes: 200 });
  await put({ uploadedBlobs: 1, sentBytes: 60 });
  expect(await read()).toMatchObject({ status: 'copying', uploaded_blobs: 3, sent_bytes: 260 });
  await put({ status: 'copied', uploadedBlobs: 1, existingBlobs: 2, sentBytes: 100, sparedBytes: 200 });
  expect(await read()).toMatchObject({
    ...{ status: 'copied', uploaded_blobs: 3, existing_blobs: 2 },
    ...{ sent_bytes: 300, spared_bytes: 200, completed_at: expect.any(String) },
  });
});

test('uploads that a try has left open are given to the next one, until the copy is over or of another image', async () => {
  const { put } = await aPublishingBuild();
  const upload = { digest: 'sha256:layer', address: '/v2/app/blobs/uploads/1?_state=x', sentBytes: 8 };
  expect(await put({ openUploads: [] })).toEqual([]);
  expect(await put({ sentBytes: 8, openUploads: [upload] })).toEqual([upload]);
  expect(await put({ tryNumber: 2 })).toEqual([upload]);
  // A report of a try that is over comes too late.
  expect(await put({ openUploads: [] })).toEqual([upload]);
  expect(await put({ tryNumber: 2, openUploads: [{ ...upload, sentBytes: 16 }] })).toMatchObject([
    { sentBytes: 16 },
  ]);
  expect(await put({ tryNumber: 3, manifestDigest: 'sha256:other' })).toEqual([]);
  await put({ tryNumber: 4, manifestDigest: 'sha256:other', openUploads: [upload] });
  expect(await put({ tryNumber: 4, manifestDigest: 'sha256:other', status: 'copied' })).toEqual([]);
});

test('a report that comes late takes nothing back', async () => {
  const { put, read } = await aPublishingBuild();
  await put({ tryNumber: 2, uploadedBlobs: 1, sentBytes: 100 });
  await put({ tryNumber: 1, uploadedBlobs: 0, sentBytes: 10 });
  expect(await read()).toMatchObject({ uploaded_blobs: 1, sent_bytes: 100 });
  await put({ tryNumber: 2, status: 'copied', uploadedBlobs: 3, sentBytes: 300 });
  await put({ tryNumber: 3 });
  expect(await read()).toMatchObject({ status: 'copied' });
  await put({ tryNumber: 3, ...COPIED });
  expect(await read()).toMatchObject({
    status: 'copied',
    uploaded_blobs: 3,
    existing_blobs: 0,
    sent_bytes: 300,
  });
});

test('is kept under the fence of the lease and for repositories of the build only', async () => {
  const { put, read, lease } = await aPublishingBuild();
  await expect(put({}, 2)).rejects.toMatchObject({ code: 'stale_fence' });
  await expect(put({ repository: 'r.test/other' })).rejects.toMatchObject({ code: 'forbidden' });
  await createDispatcher(db.controller).loseAttempt(lease);
  await expect(put({})).rejects.toMatchObject({ code: 'stale_fence' });
  expect(await read()).toBeUndefined();
});

test('a copy that goes on when its build ends is given up, and a late report does not wake it', async () => {
  const { put, read, build, lease } = await aPublishingBuild();
  await put({ sentBytes: 10 });
  const end = { kind: 'publish_failed', code: 'registry_denied', message: 'No.' } as const;
  await createRecorder(db.controller).record(build.id, lease, end);
  expect(await read()).toMatchObject({ status: 'given_up', completed_at: expect.any(String) });
  await expect(put({ sentBytes: 20 })).rejects.toMatchObject({ code: 'stale_fence' });
});

test('a copy whose tag was given up came to nothing, and its time still counts', async () => {
  const { put, read, build, tenant, lease } = await aPublishingBuild();
  await put({});
  await put({ status: 'copied', uploadedBlobs: 3, sentBytes: 300 });
  const { completed_at: copiedAt } = (await read())!;
  const end = { kind: 'publish_failed', code: 'registry_denied', message: 'No.' } as const;
  await createRecorder(db.controller).record(build.id, lease, end);
  expect(await read()).toMatchObject({ status: 'given_up', completed_at: copiedAt });
  const { result } = await createBuildStore(db.api).get(tenant, build.id);
  expect(result.artifact_push_milliseconds).not.toBeNull();
});

test('the time of the push is that from the first report to the last tag, and null where nothing was pushed', async () => {
  const pushed = await aPublishingBuild();
  await pushed.put({});
  await pushed.put({ status: 'copied', uploadedBlobs: 3, sentBytes: 300 });
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(pushed.lease, () => new Promise((resolve) => setTimeout(resolve, 30)));
  await recorder.record(pushed.build.id, pushed.lease, { kind: 'published' });
  const store = createBuildStore(db.api);
  const { result } = await store.get(pushed.tenant, pushed.build.id);
  // Two tags at once, 30 ms.
  expect(result.artifact_push_milliseconds).toBeGreaterThanOrEqual(29);
  expect(result.artifact_push_milliseconds).toBeLessThan(result.total_duration_milliseconds!);

  const failed = await aPublishingBuild();
  await failed.put({});
  const end = { kind: 'publish_failed', code: 'registry_denied', message: 'No.' } as const;
  await recorder.record(failed.build.id, failed.lease, end);
  const after = await store.get(failed.tenant, failed.build.id);
  expect(after.result.artifact_push_milliseconds).toBeNull();
});

test('a tag that waits shows it in its publication until it is moved, and not under a stale lease', async () => {
  const { put, read, lease } = await aPublishingBuild();
  const recorder = createRecorder(db.controller);
  await put({ status: 'copied', uploadedBlobs: 3, sentBytes: 300 });

  await recorder.noteWait({ ...lease, fence: lease.fence + 1 }, 'r.test/app', 'Too late.');
  expect(await read()).toMatchObject({ status: 'copied', waiting_reason: null });
  await recorder.noteWait(lease, 'r.test/app', 'The tag 1 waits.');
  expect(await read()).toMatchObject({
    status: 'waiting',
    waiting_reason: 'The tag 1 waits.',
    completed_at: null,
  });

  await recorder.moveTags(lease, () => Promise.resolve());
  expect(await read()).toMatchObject({
    status: 'copied',
    waiting_reason: null,
    completed_at: expect.any(String),
    sent_bytes: 300,
  });
});

test('a cancel that is acknowledged before the first manifest keeps it from being sent', async () => {
  const { put, build, tenant, lease } = await aPublishingBuild();
  await put({ sentBytes: 10 });
  const store = createBuildStore(db.api);
  await store.requestCancel(tenant, build.id);

  await expect(put({ begins: { wasThere: false } })).rejects.toMatchObject({ code: 'cancelled' });

  const recorder = createRecorder(db.controller);
  expect(await recorder.moveTags(lease, () => Promise.resolve())).toEqual({ result: 'cancelled' });
  await recorder.record(build.id, lease, { kind: 'cancelled' });
  expect(await store.get(tenant, build.id)).toMatchObject({
    publish_began_at: null,
    error_message: 'The build was cancelled.',
  });
});

test('a cancel after the first manifest keeps further ones and every tag from going out, and the end says that the publication had begun', async () => {
  const { put, build, tenant, lease } = await aPublishingBuild();
  await put({ begins: { wasThere: false } });
  const store = createBuildStore(db.api);
  const asked = await store.requestCancel(tenant, build.id);
  expect(asked.publish_began_at).not.toBeNull();

  // Also where the answer to the first time was lost.
  await expect(put({ begins: { wasThere: false } })).rejects.toMatchObject({ code: 'cancelled' });
  const moved: unknown[] = [];
  const recorder = createRecorder(db.controller);
  const move = (target: unknown) => Promise.resolve(void moved.push(target));
  expect(await recorder.moveTags(lease, move)).toEqual({ result: 'cancelled' });
  expect(moved).toEqual([]);
  await recorder.record(build.id, lease, { kind: 'cancelled' });
  const { error_message: said } = await store.get(tenant, build.id);
  expect(said).toBe('The build was cancelled after its publication had begun; moved: no tag.');
});

test('a cancel and the first manifest decide who was first under one lock', async () => {
  const store = createBuildStore(db.api);
  for (let round = 0; round < 6; round++) {
    const { put, build, tenant } = await aPublishingBuild();
    const [begun] = await Promise.allSettled([
      put({ begins: { wasThere: false } }),
      store.requestCancel(tenant, build.id),
    ]);
    const { publish_began_at: begunAt, cancel_requested_at: askedAt } = await store.get(tenant, build.id);
    expect(begun.status).toBe(begunAt === null ? 'rejected' : 'fulfilled');
    if (begunAt !== null) expect(begunAt <= askedAt!).toBe(true);
  }
});

test('publication begins under the fence of the lease only', async () => {
  const { put, build, tenant, lease } = await aPublishingBuild();
  await expect(put({ begins: { wasThere: false } }, 2)).rejects.toMatchObject({ code: 'stale_fence' });
  await createDispatcher(db.controller).loseAttempt(lease);
  await expect(put({ begins: { wasThere: false } })).rejects.toMatchObject({ code: 'stale_fence' });
  expect((await createBuildStore(db.api).get(tenant, build.id)).publish_began_at).toBeNull();
});
