import { sql } from 'kysely';
import type { ErrorCode } from '../../../src/domain/errors.js';
import type { LeaseHolder } from '../../../src/ports/dispatch.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { aFailure, anOutcome, aRunningBuild, finish, takeUp } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const fault = (code: ErrorCode = 'builder_unavailable') =>
  anOutcome({
    ...aFailure(),
    failure: { ...aFailure().failure!, code, message: 'BuildKit does not answer.' },
  });

const failAttempt = (holder: LeaseHolder, code?: ErrorCode): Promise<void> => finish(db, holder, fault(code));

/** Lets the back-off of a build run out. */
const waitIsOver = (buildId: string): Promise<unknown> =>
  sql`UPDATE builds SET not_before = clock_timestamp() WHERE id = ${buildId}`.execute(db.controller);

test('a fault of the infrastructure gives the slot back and queues the build until its wait is over', async () => {
  const { tenant, build, lease, holder } = await aRunningBuild(db);
  await failAttempt(holder);
  const dispatcher = createDispatcher(db.controller);

  expect(await dispatcher.tryAgain(lease)).toBe(true);

  expect(await dispatcher.requestLease(build.id)).toMatchObject({ kind: 'waiting' });
  const store = createBuildStore(db.api);
  expect((await store.get(tenant, build.id)).status).toBe('queued');
  expect((await store.history(tenant, build.id)).at(-1)).toMatchObject({
    to_status: 'queued',
    reason: 'builder_unavailable: tried again after 1 s',
  });
  await waitIsOver(build.id);
  expect(await dispatcher.requestLease(build.id)).toMatchObject({ kind: 'granted', lease: { attempt: 2 } });
  expect(await store.attempts(tenant, build.id)).toMatchObject([
    {
      attempt: 1,
      ended_reason: 'failed',
      failure_code: 'builder_unavailable',
      failure_reason: 'BuildKit does not answer.',
    },
    { attempt: 2, ended_reason: null, failure_code: null, failure_reason: null },
  ]);
});

test('a repetition answers as the first time and queues nothing twice', async () => {
  const { tenant, build, lease, holder } = await aRunningBuild(db);
  await failAttempt(holder);
  const dispatcher = createDispatcher(db.controller);

  expect(await Promise.all([dispatcher.tryAgain(lease), dispatcher.tryAgain(lease)])).toEqual([true, true]);

  const history = await createBuildStore(db.api).history(tenant, build.id);
  expect(history.filter(({ to_status }) => to_status === 'queued')).toHaveLength(2);
});

test('a failing step of the build is never tried again', async () => {
  const { lease, holder } = await aRunningBuild(db);
  await finish(db, holder, aFailure());
  expect(await createDispatcher(db.controller).tryAgain(lease)).toBe(false);
});

test('a build that somebody wants to end is not tried again', async () => {
  const { tenant, build, lease, holder } = await aRunningBuild(db);
  await failAttempt(holder);
  await createBuildStore(db.api).requestCancel(tenant, build.id);
  expect(await createDispatcher(db.controller).tryAgain(lease)).toBe(false);
});

test('the fourth fault stands, and the build fails with its reason', async () => {
  const running = await aRunningBuild(db);
  const { tenant, build, worker } = running;
  const dispatcher = createDispatcher(db.controller);
  let { lease, holder } = running;
  for (let attempt = 1; attempt < 4; attempt += 1) {
    await failAttempt(holder, attempt === 2 ? 'registry_unreachable' : 'builder_unavailable');
    expect(await dispatcher.tryAgain(lease)).toBe(true);
    await waitIsOver(build.id);
    const answer = await dispatcher.requestLease(build.id);
    if (answer.kind !== 'granted') throw new Error(answer.kind);
    ({ lease } = answer);
    ({ holder } = await takeUp(db, worker.workerId, lease));
  }
  await failAttempt(holder);

  expect(await dispatcher.tryAgain(lease)).toBe(false);
  await createRecorder(db.controller).record(build.id, lease, { kind: 'run_failed' });

  const ended = await createBuildStore(db.api).get(tenant, build.id);
  expect(ended).toMatchObject({
    status: 'failed',
    attempts: 4,
    result: { failure_code: 'builder_unavailable' },
  });
});
