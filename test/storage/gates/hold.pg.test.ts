import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from 'kysely';
import { BUILT_IN_LIMITS } from '../../../src/domain/limits/effective-limits.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createServiceLoadReader } from '../../../src/storage/dispatch/service-load.js';
import { aBuild, anImage } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { aBuildAtGate, aGatedProject, aHeldBuild, comeToGate, setGate } from './a-held-build.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const dispatcher = () => createDispatcher(db.controller);
const store = () => createBuildStore(db.api);

test('a held build gives its only slot to the next build, and waits outside the queue', async () => {
  const { tenant, ci, project, build, lease } = await aBuildAtGate(db);
  const next = await aBuild(db, ci, project.id);

  expect(await comeToGate(db, lease, ['the image runs as root'])).toEqual({ open: false });

  expect((await store().get(tenant, next.id)).status).toBe('in_progress');
  await dispatcher().grantNext();
  expect(await dispatcher().requestLease(build.id)).toMatchObject({ kind: 'held' });
  const held = await store().get(tenant, build.id);
  expect(held).toMatchObject({
    status: 'queued',
    gate: { status: 'held', findings: ['the image runs as root'], decided_at: null },
  });
  expect(held.queue_reason).toMatch(
    /^waits for approval since \d{4}-\d\d-\d\d \d\d:\d\d UTC; any token may approve it until /,
  );
  expect((await store().history(tenant, build.id)).at(-1)).toMatchObject({
    from_status: 'in_progress',
    to_status: 'queued',
    reason: 'held for approval: the image runs as root',
  });
  expect(await dispatcher().stagingLeft(build.id)).toEqual([]);
});

test('a controller that is killed after the hold gets the first answer again and holds nothing twice', async () => {
  const { tenant, build, lease } = await aBuildAtGate(db);

  const answers = await Promise.all([comeToGate(db, lease), comeToGate(db, lease)]);

  expect(answers).toEqual([{ open: false }, { open: false }]);
  const history = await store().history(tenant, build.id);
  expect(history.filter(({ reason }) => reason?.startsWith('held'))).toHaveLength(1);
});

test('an inspection that finds nothing lets the build pass under its lease, and says so', async () => {
  const { tenant, build, lease } = await aBuildAtGate(db, { kind: 'inspection', refuse_root: true });

  expect(await comeToGate(db, lease)).toEqual({ open: true });
  expect(await comeToGate(db, lease)).toEqual({ open: true });

  expect((await store().get(tenant, build.id)).gate).toMatchObject({
    status: 'passed',
    manifest_digest: anImage(`of ${build.id}`).manifestDigest,
    expires_at: null,
  });
  expect(await createRecorder(db.controller).moveTags(lease, async () => undefined)).toEqual({
    result: 'moved',
  });
});

test('an inspection that finds something holds the build', async () => {
  const { build } = await aHeldBuild(db, { kind: 'inspection', refuse_root: true }, ['it is too large']);
  expect(await dispatcher().requestLease(build.id)).toMatchObject({ kind: 'held' });
});

test('no tag is moved past a gate, whatever a workflow asks', async () => {
  const { lease } = await aBuildAtGate(db);
  await expect(createRecorder(db.controller).moveTags(lease, async () => undefined)).rejects.toMatchObject({
    code: 'illegal_transition',
  });
});

test('a build that is being cancelled is not held', async () => {
  const { tenant, build, lease } = await aBuildAtGate(db);
  await store().requestCancel(tenant, build.id);

  expect(await comeToGate(db, lease)).toEqual({ open: false });

  expect(await dispatcher().requestLease(build.id)).toEqual({ kind: 'cancelled', lease });
  expect((await store().get(tenant, build.id)).gate).toBeNull();
});

test('a cancel ends a held build and withdraws the question', async () => {
  const { tenant, build } = await aHeldBuild(db);
  await store().requestCancel(tenant, build.id);
  await createRecorder(db.controller).record(build.id, null, { kind: 'cancelled' });
  expect(await store().get(tenant, build.id)).toMatchObject({
    status: 'cancelled',
    gate: { status: 'withdrawn', decided_by: null },
  });
});

test('the time at the gate is no time in the queue', async () => {
  const { tenant, build } = await aHeldBuild(db);
  await sql`UPDATE build_gates SET requested_at = requested_at - interval '1 hour' WHERE build_id = ${build.id}`.execute(
    db.controller,
  );
  await sql`ALTER TABLE build_status_history DISABLE TRIGGER append_only`.execute(db.admin);
  await sql`UPDATE build_status_history SET changed_at = changed_at - interval '1 hour' WHERE build_id = ${build.id}`.execute(
    db.admin,
  );
  await sql`ALTER TABLE build_status_history ENABLE TRIGGER append_only`.execute(db.admin);
  await createRecorder(db.controller).record(build.id, null, { kind: 'cancelled' });
  const { result } = await store().get(tenant, build.id);
  expect(result.queue_wait_milliseconds).toBeLessThan(60_000);
});

test('a build keeps the gate that it was accepted with', async () => {
  const { tenant, project, lease } = await aBuildAtGate(db);
  await setGate(db, tenant, project.id, null);
  expect(await comeToGate(db, lease)).toEqual({ open: false });
});

test('a build of a project without a gate is granted as one that comes to none', async () => {
  const { tenant, ci, project } = await aGatedProject(db);
  await setGate(db, tenant, project.id, null);
  const build = await aBuild(db, ci, project.id);
  expect(await dispatcher().requestLease(build.id)).toMatchObject({ kind: 'granted', isGated: false });
});

test('the database gives no lease to a held build', async () => {
  const { build } = await aHeldBuild(db);
  await expect(
    sql`UPDATE builds SET status = 'in_progress' WHERE id = ${build.id}`.execute(db.controller),
  ).rejects.toThrow('builds_held_in_queue');
});

test('held builds are listed by their gate, and counted', async () => {
  const { tenant, build } = await aHeldBuild(db);
  const filter = {
    projectId: null,
    status: null,
    gateStatus: 'held' as const,
    ...{ branch: null, method: null, commit: null },
    number: null,
    limit: 10,
    cursor: null,
  };
  const { items } = await store().list(tenant, filter);
  expect(items.map(({ id }) => id)).toEqual([build.id]);
  const { builds } = await createServiceLoadReader(db.controller).read();
  expect(builds.find(({ state }) => state === 'held')?.count).toBeGreaterThan(0);
});

test('an attempt whose lease went to another one lets nothing pass', async () => {
  const { tenant, build, lease } = await aBuildAtGate(db, { kind: 'inspection', refuse_root: true });
  await dispatcher().loseAttempt(lease);
  expect(await comeToGate(db, lease)).toEqual({ open: false });
  expect((await store().get(tenant, build.id)).gate).toBeNull();
});

test('a retry has the gate of its own time', async () => {
  const { tenant, ci, project } = await aGatedProject(db);
  await setGate(db, tenant, project.id, null);
  const build = await aBuild(db, ci, project.id);
  await createRecorder(db.controller).record(build.id, null, { kind: 'abandoned' });
  await setGate(db, tenant, project.id, { kind: 'approval' });
  const { build: retried } = await store().retry(ci, {
    buildId: build.id,
    limits: BUILT_IN_LIMITS,
    judge: () => {},
    resumeFrom: 'source',
    idempotency: null,
  });
  expect(await dispatcher().requestLease(retried.id)).toMatchObject({ kind: 'granted', isGated: true });
});
