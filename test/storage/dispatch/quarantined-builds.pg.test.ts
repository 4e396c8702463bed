import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { type LeaseRef, QUARANTINE_AFTER_LOSSES } from '../../../src/domain/dispatch/lease.js';
import type { Dispatcher } from '../../../src/ports/dispatch.js';
import { anOutcome, aRunningBuild, finish, takeUp } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
let dispatcher: Dispatcher;
beforeAll(async () => {
  db = await freshDatabase();
  dispatcher = createDispatcher(db.controller);
});
afterAll(() => db.close());

/** The next lease of a build, taken up. */
async function nextAttempt(buildId: string, workerId: string): Promise<LeaseRef> {
  const answer = await dispatcher.requestLease(buildId);
  if (answer.kind !== 'granted') throw new Error(answer.kind);
  await takeUp(db, workerId, answer.lease);
  return answer.lease;
}

test('a build that loses three workers is failed as quarantined, with everything that a result has', async () => {
  const { tenant, worker, build, lease } = await aRunningBuild(db);
  await dispatcher.loseAttempt(lease);
  await dispatcher.loseAttempt(await nextAttempt(build.id, worker.workerId));
  const third = await nextAttempt(build.id, worker.workerId);

  await dispatcher.loseAttempt(third);

  const store = createBuildStore(db.api);
  expect(await store.get(tenant, build.id)).toMatchObject({
    status: 'failed',
    error_message: 'The build lost the same build host 3 times and was stopped.',
    attempts: 3,
    log_complete: true,
    result: { status: 'failed', failure_code: 'quarantined', failure_stage: null, retryable: true },
  });
  expect((await store.attempts(tenant, build.id)).map((row) => row.log_note)).toEqual([
    ...Array<string>(3).fill('output after line 0 unavailable'),
  ]);
  expect((await store.metrics(tenant, build.id)).total_duration_seconds).not.toBeNull();
  expect(await dispatcher.requestLease(build.id)).toEqual({ kind: 'ended', status: 'failed' });
});

test('a build whose image lies in staging is not stopped, however many workers it loses: its copy brings none down', async () => {
  const { tenant, worker, build, lease, holder } = await aRunningBuild(db);
  await finish(db, holder, anOutcome());
  await dispatcher.loseAttempt(lease);
  for (let lost = 1; lost < QUARANTINE_AFTER_LOSSES; lost += 1)
    await dispatcher.loseAttempt(await nextAttempt(build.id, worker.workerId));

  expect(await createBuildStore(db.api).get(tenant, build.id)).toMatchObject({
    status: 'queued',
    attempts: QUARANTINE_AFTER_LOSSES,
  });
});
