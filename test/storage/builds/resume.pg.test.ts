import { BUILT_IN_LIMITS } from '../../../src/domain/limits/effective-limits.js';
import { sql } from 'kysely';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createAudit } from '../../../src/storage/dispatch/audit.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { anImage, anOutcome, aRunningBuild, finish, takeUp } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const dispatcher = () => createDispatcher(db.controller);
const retry = (tenant: TenantContext, buildId: string) =>
  createBuildStore(db.api).retry(tenant, {
    buildId,
    limits: BUILT_IN_LIMITS,
    judge: () => {},
    resumeFrom: 'publish',
    idempotency: null,
  });

/** What the audit would clean up after. */
const unclean = () =>
  createAudit(db.controller).uncleanBuilds({ olderThanMs: 0, giveUpMs: 3_600_000 }, null, 1_000);

/** A build whose image lies in staging and whose push failed. */
async function anUnpublishedBuild(code = 'registry_unreachable') {
  const running = await aRunningBuild(db);
  await finish(db, running.holder, anOutcome({ image: anImage('kept') }));
  await createRecorder(db.controller).record(running.build.id, running.lease, {
    kind: 'publish_failed',
    code,
    message: 'The registry does not answer.',
  });
  await dispatcher().release(running.lease);
  return running;
}

/** Takes up a retry as its supervisor does. */
async function grant(buildId: string, workerId: string) {
  const answer = await dispatcher().requestLease(buildId);
  if (answer.kind !== 'granted') throw new Error(answer.kind);
  await takeUp(db, workerId, answer.lease);
  return answer;
}

test('the image of a failed push is kept, and the build says from where it can go on', async () => {
  const { tenant, build } = await anUnpublishedBuild();
  expect(await dispatcher().stagingLeft(build.id)).toEqual([]);
  expect(await unclean()).not.toContain(build.id);
  const shown = await createBuildStore(db.api).get(tenant, build.id);
  expect(shown.result).toMatchObject({ resumable_from: 'publish', cleanup_status: 'pending' });
});

test('a retry from publish is granted with the staged image and records it as its own', async () => {
  const { tenant, build, worker } = await anUnpublishedBuild();
  const { build: retried } = await retry(tenant, build.id);

  const { lease, stagedDigest } = await grant(retried.id, worker.workerId);
  expect(stagedDigest).toBe(anImage('kept').manifestDigest);
  const recorder = createRecorder(db.controller);
  const moved: string[] = [];
  await recorder.moveTags(lease, async ({ digest, tag }) => void moved.push(`${tag} ${digest}`));
  await recorder.record(retried.id, lease, { kind: 'published' });

  expect(moved).toEqual([`2 ${stagedDigest}`, `latest ${stagedDigest}`]);
  const store = createBuildStore(db.api);
  expect(await store.get(tenant, retried.id)).toMatchObject({
    status: 'success',
    log_complete: true,
    result: { output_image_digest: stagedDigest, exit_code: null, resumable_from: null },
  });
  expect(await store.attempts(tenant, retried.id)).toMatchObject([
    { ended_reason: 'succeeded', log_lines: 0, log_note: null },
  ]);
  expect((await store.layers(tenant, retried.id)).length).toBe(2);
  expect(await store.metrics(tenant, retried.id)).toMatchObject({
    docker_build_duration_seconds: null,
    total_layers: 2,
  });
});

test('a build that is cancelled during its publication keeps its image, and can be retried from there', async () => {
  const { tenant, build, lease, holder, worker } = await aRunningBuild(db);
  await finish(db, holder, anOutcome({ image: anImage('cancelled') }));
  const store = createBuildStore(db.api);
  await store.requestCancel(tenant, build.id);
  await createRecorder(db.controller).record(build.id, lease, { kind: 'cancelled' });
  await dispatcher().release(lease);

  expect(await dispatcher().stagingLeft(build.id)).toEqual([]);
  expect((await store.get(tenant, build.id)).result).toMatchObject({
    status: 'cancelled',
    resumable_from: 'publish',
  });
  const { build: retried } = await retry(tenant, build.id);
  const { stagedDigest } = await grant(retried.id, worker.workerId);
  expect(stagedDigest).toBe(anImage('cancelled').manifestDigest);
});

test('a build that is cancelled before it had an image cannot be retried from there', async () => {
  const { tenant, build, lease } = await aRunningBuild(db);
  const store = createBuildStore(db.api);
  await store.requestCancel(tenant, build.id);
  await createRecorder(db.controller).record(build.id, lease, { kind: 'cancelled' });
  expect((await store.get(tenant, build.id)).result.resumable_from).toBeNull();
  await expect(retry(tenant, build.id)).rejects.toMatchObject({ code: 'resume_impossible' });
  expect(await dispatcher().stagingLeft(build.id)).toHaveLength(1);
});

test('at the success of a chain everything that it left in staging is to be removed', async () => {
  const { tenant, build, worker } = await anUnpublishedBuild();
  const { build: retried } = await retry(tenant, build.id);
  const { lease } = await grant(retried.id, worker.workerId);
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(lease, async () => undefined);
  await recorder.record(retried.id, lease, { kind: 'published' });

  const left = await dispatcher().stagingLeft(retried.id);

  expect(left.map(({ buildId, stagingTags }) => [buildId, stagingTags])).toEqual([
    [build.id, [`${build.id}-1`]],
    [retried.id, [`${retried.id}-1`]],
  ]);
  for (const { buildId } of left) await dispatcher().recordCleanup(buildId, 'completed');
  expect(await dispatcher().stagingLeft(retried.id)).toEqual([]);
  const { cleanup_status } = (await createBuildStore(db.api).get(tenant, build.id)).result;
  expect(cleanup_status).toBe('completed');
});

test('a kept image whose time is over is removed by the sweep and refused to retries from then on', async () => {
  const { tenant, build } = await anUnpublishedBuild();
  await sql`UPDATE builds SET staging_kept_until = now() WHERE id = ${build.id}`.execute(db.controller);
  expect(await unclean()).toContain(build.id);

  expect(await dispatcher().stagingLeft(build.id)).toMatchObject([{ buildId: build.id }]);

  await expect(retry(tenant, build.id)).rejects.toMatchObject({
    code: 'resume_impossible',
    message: 'The image of build #1 has been removed from staging.',
  });
});

test('an overdue image stays while a retry of its chain is live', async () => {
  const { tenant, build } = await anUnpublishedBuild();
  await retry(tenant, build.id);
  await sql`UPDATE builds SET staging_kept_until = now() WHERE id = ${build.id}`.execute(db.controller);
  expect(await dispatcher().stagingLeft(build.id)).toEqual([]);
});

test('a retry from publish that fails again keeps the image for the next one', async () => {
  const { tenant, build, worker } = await anUnpublishedBuild();
  const { build: second } = await retry(tenant, build.id);
  const { lease } = await grant(second.id, worker.workerId);
  await sql`UPDATE builds SET staging_kept_until = now() WHERE id = ${build.id}`.execute(db.controller);
  await createRecorder(db.controller).record(second.id, lease, {
    kind: 'publish_failed',
    code: 'registry_unreachable',
    message: 'The registry does not answer.',
  });
  await dispatcher().release(lease);

  const { build: third } = await retry(tenant, second.id);

  expect((await createBuildStore(db.api).get(tenant, second.id)).result.resumable_from).toBe('publish');
  expect((await grant(third.id, worker.workerId)).stagedDigest).toBe(anImage('kept').manifestDigest);
});

test('an image that the registry has lost is not offered again', async () => {
  const { tenant, build } = await anUnpublishedBuild('staged_image_missing');
  const { result } = await createBuildStore(db.api).get(tenant, build.id);
  expect(result).toMatchObject({ resumable_from: null, failure_code: 'staged_image_missing' });
  await expect(retry(tenant, build.id)).rejects.toMatchObject({ code: 'resume_impossible' });
});
