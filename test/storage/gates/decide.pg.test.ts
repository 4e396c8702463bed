import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from 'kysely';
import { BUILT_IN_LIMITS } from '../../../src/domain/limits/effective-limits.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { anImage, aTenant, takeUp } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { aBuildAtGate, aHeldBuild, comeToGate, decide, timeIsOver } from './a-held-build.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const dispatcher = () => createDispatcher(db.controller);
const recorder = () => createRecorder(db.controller);
const store = () => createBuildStore(db.api);

test('an approved build is published from staging, and its record tells who approved it, when and why', async () => {
  const { tenant, lead, worker, build } = await aHeldBuild(db);
  const digest = anImage(`of ${build.id}`).manifestDigest;

  await decide(db, lead, build.id, 'approved', 'seen by two');

  const answer = await dispatcher().requestLease(build.id);
  expect(answer).toMatchObject({
    kind: 'granted',
    stagedDigest: digest,
    isGated: true,
    lease: { attempt: 2 },
  });
  if (answer.kind !== 'granted') return;
  await takeUp(db, worker.workerId, answer.lease);
  expect(await comeToGate(db, answer.lease)).toEqual({ open: true });
  expect(await recorder().moveTags(answer.lease, async () => undefined)).toEqual({ result: 'moved' });
  await recorder().record(build.id, answer.lease, { kind: 'published' });
  expect(await store().get(tenant, build.id)).toMatchObject({
    status: 'success',
    result: { output_image_digest: digest },
    gate: { status: 'approved', decided_by: 'someone (token lead)', why: 'seen by two' },
  });
  expect((await store().history(tenant, build.id)).map(({ reason }) => reason)).toEqual([
    'accepted',
    'attempt 1 granted',
    'held for approval',
    'approved by someone (token lead): seen by two',
    'attempt 2 granted',
    'published',
  ]);
});

test('a decision rings for the workflow in the same transaction', async () => {
  const { lead, build } = await aHeldBuild(db);
  await decide(db, lead, build.id, 'approved');
  const { rows } = await sql`SELECT message FROM outbox WHERE build_id = ${build.id}
    AND message ->> 'kind' = 'gate_decided'`.execute(db.controller);
  expect(rows).toEqual([{ message: { kind: 'gate_decided', buildId: build.id, decision: 'approved' } }]);
});

test('the same decision again changes nothing; another one is refused with who decided first', async () => {
  const { tenant, ci, lead, build } = await aHeldBuild(db);
  await decide(db, lead, build.id, 'approved', 'fine');

  await decide(db, ci, build.id, 'approved', 'mine');

  expect((await store().get(tenant, build.id)).gate).toMatchObject({ why: 'fine' });
  await expect(decide(db, ci, build.id, 'rejected', 'no')).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/^The build was approved by someone \(token lead\): fine \(\d{4}-/),
  });
});

test('of two different decisions at once one counts', async () => {
  const { tenant, ci, lead, build } = await aHeldBuild(db);
  const ends = await Promise.allSettled([
    decide(db, lead, build.id, 'approved'),
    decide(db, ci, build.id, 'rejected', 'no'),
  ]);
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const history = await store().history(tenant, build.id);
  expect(history.filter(({ from_status }) => from_status === 'queued')).toHaveLength(2);
});

test('a rejected build fails with the reason, and may be asked for again from staging', async () => {
  const { tenant, lead, build } = await aHeldBuild(db);
  await decide(db, lead, build.id, 'rejected', 'too much inside');
  expect(await dispatcher().requestLease(build.id)).toEqual({ kind: 'refused' });

  await recorder().record(build.id, null, { kind: 'not_approved' });

  expect(await store().get(tenant, build.id)).toMatchObject({
    status: 'failed',
    result: {
      status: 'failed',
      failure_code: 'publication_rejected',
      failure_stage: 'verification',
      failure_reason: 'The publication was rejected by someone (token lead): too much inside',
      resumable_from: 'publish',
    },
  });
});

test('a retry that only publishes comes to the gate as well', async () => {
  const { ci, lead, worker, build } = await aHeldBuild(db);
  await decide(db, lead, build.id, 'rejected', 'not now');
  await recorder().record(build.id, null, { kind: 'not_approved' });
  const { build: retried } = await store().retry(ci, {
    buildId: build.id,
    limits: BUILT_IN_LIMITS,
    judge: () => {},
    resumeFrom: 'publish',
    idempotency: null,
  });
  const answer = await dispatcher().requestLease(retried.id);
  expect(answer).toMatchObject({ kind: 'granted', isGated: true });
  if (answer.kind !== 'granted') return;
  await takeUp(db, worker.workerId, answer.lease);

  expect(await comeToGate(db, answer.lease)).toEqual({ open: false });

  expect(await store().attempts(ci, retried.id)).toMatchObject([{ ended_reason: 'held' }]);
  await decide(db, lead, retried.id, 'approved');
  expect(await dispatcher().requestLease(retried.id)).toMatchObject({ kind: 'granted' });
});

test('a build that nobody decides on in time fails, and a late approval is refused', async () => {
  const { tenant, lead, build } = await aHeldBuild(db);
  await timeIsOver(db, build.id);

  await expect(decide(db, lead, build.id, 'approved')).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/^The build waited for approval until .*: that time is over\.$/),
  });
  await recorder().record(build.id, null, { kind: 'not_approved' });

  expect(await store().get(tenant, build.id)).toMatchObject({
    status: 'failed',
    gate: { status: 'expired' },
    result: { status: 'timeout', failure_code: 'approval_expired', resumable_from: 'publish' },
  });
  await expect(decide(db, lead, build.id, 'approved')).rejects.toMatchObject({ code: 'conflict' });
});

test('an expiry before its time, or after an approval, is not recorded', async () => {
  const { lead, build } = await aHeldBuild(db);
  const expire = () => recorder().record(build.id, null, { kind: 'not_approved' });
  await expect(expire()).rejects.toMatchObject({ code: 'stale_fence' });
  await decide(db, lead, build.id, 'approved');
  await expect(expire()).rejects.toMatchObject({ code: 'stale_fence' });
});

test('approval and expiry at the same moment: the build goes on or ends, never both', async () => {
  for (let round = 0; round < 8; round += 1) {
    const { tenant, lead, build } = await aHeldBuild(db);
    await sql`UPDATE build_gates SET expires_at = clock_timestamp() + interval '15 ms'
      WHERE build_id = ${build.id}`.execute(db.controller);
    const expire = async (): Promise<void> => {
      for (;;) {
        const ended = await recorder()
          .record(build.id, null, { kind: 'not_approved' })
          .then(() => true)
          .catch(() => false);
        if (ended || (await store().get(tenant, build.id)).gate?.status === 'approved') return;
      }
    };
    const [approved] = await Promise.allSettled([decide(db, lead, build.id, 'approved'), expire()]);
    const { status, gate } = await store().get(tenant, build.id);
    expect([status, gate?.status]).toEqual(
      approved.status === 'fulfilled' ? ['queued', 'approved'] : ['failed', 'expired'],
    );
  }
});

test('a cancel that came first refuses the approval; one that comes after still ends the build', async () => {
  const first = await aHeldBuild(db);
  await store().requestCancel(first.tenant, first.build.id);
  await expect(decide(db, first.lead, first.build.id, 'approved')).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('cancelled'),
  });

  const after = await aHeldBuild(db);
  await decide(db, after.lead, after.build.id, 'approved');
  await store().requestCancel(after.tenant, after.build.id);
  expect(await dispatcher().requestLease(after.build.id)).toEqual({ kind: 'cancelled', lease: null });
});

test('who started a build does not approve it where the project wants somebody else, but may reject it', async () => {
  const { tenant, ci, lead, build } = await aHeldBuild(db, { kind: 'approval', by_other: true });
  expect((await store().get(tenant, build.id)).queue_reason).toContain(
    'any token but token ci, which started it, may approve it',
  );
  await expect(decide(db, ci, build.id, 'approved')).rejects.toMatchObject({ code: 'forbidden' });
  await expect(decide(db, tenant, build.id, 'approved')).rejects.toMatchObject({ code: 'forbidden' });
  expect((await decide(db, lead, build.id, 'approved')).gate).toMatchObject({ status: 'approved' });

  const own = await aHeldBuild(db, { kind: 'approval', by_other: true });
  expect((await decide(db, own.ci, own.build.id, 'rejected', 'oops')).gate).toMatchObject({
    status: 'rejected',
  });
});

test('a build that is not held cannot be decided on, and the answer says why', async () => {
  const { lead, build, lease } = await aBuildAtGate(db, { kind: 'inspection', refuse_root: true });
  const refusal = () => decide(db, lead, build.id, 'approved').catch((error: Error) => error.message);
  expect(await refusal()).toBe('The build is not held: it has not come to the gate of its project yet.');
  await comeToGate(db, lease);
  expect(await refusal()).toBe('The build is not held: nothing was found in its image.');
});

test('a build of another tenant cannot be decided on', async () => {
  const { build } = await aHeldBuild(db);
  await expect(decide(db, await aTenant(db), build.id, 'approved')).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('a decision stays, also against whoever writes rows', async () => {
  const { lead, build } = await aHeldBuild(db);
  await decide(db, lead, build.id, 'rejected', 'no');
  await expect(
    sql`UPDATE build_gates SET gate_status = 'approved' WHERE build_id = ${build.id}`.execute(db.controller),
  ).rejects.toThrow('rejected stays');
});

test('the waiting for a slot begins anew with the approval', async () => {
  const { lead, build } = await aHeldBuild(db);
  await sql`UPDATE builds SET queued_at = queued_at - interval '10 days' WHERE id = ${build.id}`.execute(
    db.controller,
  );
  await sql`UPDATE build_workers SET status = 'offline'`.execute(db.controller);
  await decide(db, lead, build.id, 'approved');
  const answer = await dispatcher().requestLease(build.id);
  expect(answer.kind === 'waiting' && answer.waitMs).toBeGreaterThan(0);
});
