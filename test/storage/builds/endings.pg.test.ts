import { sql } from 'kysely';
import type { LeaseRef } from '../../../src/domain/dispatch/lease.js';
import type { Recorder } from '../../../src/ports/dispatch.js';
import type { BuildStore } from '../../../src/ports/stores.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { aGrantedBuild, anImage, anOutcome, aRunningBuild, finish, takeUp } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
let recorder: Recorder;
let store: BuildStore;
beforeAll(async () => {
  db = await freshDatabase();
  recorder = createRecorder(db.controller);
  store = createBuildStore(db.api);
});
afterAll(() => db.close());

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const moveNothing = () => Promise.resolve();

/** The build waits for another attempt: the only worker has no slot left. */
async function queueAgain(workerId: string, lease: LeaseRef): Promise<void> {
  await sql`UPDATE build_workers SET concurrent_builds_limit = 0 WHERE id = ${workerId}`.execute(
    db.controller,
  );
  await createDispatcher(db.controller).loseAttempt(lease);
}

test.each([
  { kind: 'publish_failed', code: 'internal', message: 'x' },
  { kind: 'run_failed' },
  { kind: 'build_timeout' },
  { kind: 'cancelled' },
] as const)(
  'an attempt that lost its lease cannot end a build that waits for the next one: $kind',
  async (ending) => {
    const { tenant, build, worker, lease, holder } = await aRunningBuild(db);
    await finish(db, holder, anOutcome());
    await queueAgain(worker.workerId, lease);

    await expect(recorder.record(build.id, lease, ending)).rejects.toMatchObject({ code: 'stale_fence' });
    expect(await store.get(tenant, build.id)).toMatchObject({ status: 'queued' });
  },
);

test('a cancel that was asked for ends the build under whatever lease', async () => {
  const { tenant, build, worker, lease } = await aRunningBuild(db);
  await queueAgain(worker.workerId, lease);
  await store.requestCancel(tenant, build.id);

  expect(await recorder.record(build.id, lease, { kind: 'cancelled' })).toEqual({ status: 'cancelled' });
});

test.each([
  { kind: 'publish_failed', code: 'internal', message: 'x' },
  { kind: 'run_failed' },
  { kind: 'build_timeout' },
  { kind: 'cancelled' },
  { kind: 'abandoned' },
] as const)('a build whose tags are all moved is a success, even when told $kind', async (ending) => {
  const { tenant, build, lease, holder } = await aRunningBuild(db);
  const image = anImage(`moved ${ending.kind}`);
  await finish(db, holder, anOutcome({ image }));
  await recorder.moveTags(lease, moveNothing);
  await store.requestCancel(tenant, build.id);

  expect(await recorder.record(build.id, lease, ending)).toEqual({ status: 'success' });
  expect((await store.get(tenant, build.id)).result).toMatchObject({
    status: 'success',
    failure_code: null,
    output_image_digest: image.manifestDigest,
  });
});

test('a publication that fails says which tags it has moved, and that a cancel came after it had begun', async () => {
  const { tenant, build, lease, holder } = await aRunningBuild(db, { destinations: ['r/app:m', 'r/app:n'] });
  await finish(db, holder, anOutcome({ image: anImage('partly moved') }));
  const failing = (target: { tag: string }) =>
    target.tag === 'n' ? Promise.reject(new Error('reset')) : Promise.resolve();
  await expect(recorder.moveTags(lease, failing)).rejects.toThrow('reset');
  await store.requestCancel(tenant, build.id);

  await recorder.record(build.id, lease, { kind: 'publish_failed', code: 'internal', message: 'Reset.' });

  const text =
    'Reset. Its publication had begun; moved: r/app:m; not confirmed: r/app:n. A cancel was asked for, but it does not stop a publication that has begun.';
  expect(await store.get(tenant, build.id)).toMatchObject({
    error_message: text,
    result: { failure_reason: text },
  });
});

test('a publication that fails before its tags says nothing of them', async () => {
  const { tenant, build, lease, holder } = await aRunningBuild(db);
  await finish(db, holder, anOutcome());

  await recorder.record(build.id, lease, { kind: 'publish_failed', code: 'internal', message: 'Full.' });

  expect((await store.get(tenant, build.id)).error_message).toBe('Full.');
});

test('an attempt that only publishes succeeds with an empty log', async () => {
  const { tenant, build, worker, lease, holder } = await aRunningBuild(db);
  await finish(db, holder, anOutcome());
  const dispatcher = createDispatcher(db.controller);
  await dispatcher.loseAttempt(lease);
  const second = await dispatcher.requestLease(build.id);
  if (second.kind !== 'granted') throw new Error(second.kind);
  await takeUp(db, worker.workerId, second.lease);
  await recorder.moveTags(second.lease, moveNothing);

  await recorder.record(build.id, second.lease, { kind: 'published' });
  await dispatcher.release(second.lease);

  expect((await store.attempts(tenant, build.id))[1]).toMatchObject({
    attempt: 2,
    ended_reason: 'succeeded',
    log_lines: 0,
    log_sha256: EMPTY_SHA256,
    log_note: null,
  });
  expect(await store.get(tenant, build.id)).toMatchObject({ status: 'success', log_complete: true });
});

test('an attempt that nobody took up has lost no output', async () => {
  const { tenant, build, lease } = await aGrantedBuild(db);
  await store.requestCancel(tenant, build.id);

  await recorder.record(build.id, lease, { kind: 'cancelled' });

  expect((await store.attempts(tenant, build.id))[0]).toMatchObject({
    log_sha256: EMPTY_SHA256,
    log_note: null,
  });
});

test('a log is not complete before the build is over', async () => {
  const { tenant, build, holder } = await aRunningBuild(db);
  await finish(db, holder, anOutcome());

  expect(await store.get(tenant, build.id)).toMatchObject({ status: 'in_progress', log_complete: false });
});

test('a build whose workflow is gone fails as lost and gives its lease back', async () => {
  const { tenant, worker, build } = await aRunningBuild(db);

  expect(await recorder.record(build.id, null, { kind: 'abandoned' })).toEqual({ status: 'failed' });

  expect(await store.get(tenant, build.id)).toMatchObject({
    error_message: 'The workflow of the build is gone.',
    result: { status: 'failed', failure_code: 'workflow_lost', failure_stage: null },
  });
  const row = await db.controller
    .selectFrom('build_workers')
    .select('current_builds_count')
    .where('id', '=', worker.workerId)
    .executeTakeFirstOrThrow();
  expect(row.current_builds_count).toBe(0);
});

test('a build whose workflow is gone is cancelled when that was asked for', async () => {
  const { tenant, build } = await aRunningBuild(db);
  await store.requestCancel(tenant, build.id);

  expect(await recorder.record(build.id, null, { kind: 'abandoned' })).toEqual({ status: 'cancelled' });
});
