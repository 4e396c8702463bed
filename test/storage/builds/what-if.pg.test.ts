import { sql } from 'kysely';
import { pinFor } from '../../../src/contracts/rebuild.js';
import { BUILT_IN_LIMITS } from '../../../src/domain/limits/effective-limits.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createGateStore } from '../../../src/storage/gates/gate-store.js';
import { createImageStore } from '../../../src/storage/images/image-store.js';
import { anImage, anOutcome, aRunningBuild, finish } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { aStagedWhatIf, aSuccess, aWhatIf, aWhatIfRequest, startWhatIf } from '../../support/what-ifs.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

test('a what-if is of no branch and goes nowhere; it has the changes, and otherwise what the record has', async () => {
  const success = await aSuccess(db);
  const build = await aWhatIf(db, success, { base: { 'debian:12': 'debian:13' }, build_args: { B: '2' } });
  expect(build).toMatchObject({
    ...{ destinations: [], branch: null, trigger_type: 'manual' },
    trigger_source: `what-if:${success.project.slug}#${success.build.build_number}`,
    what_if: {
      of_build_id: success.build.id,
      of_build_number: success.build.build_number,
      changes: { base: { 'docker.io/library/debian:12': 'docker.io/library/debian:13' }, build_args: ['B'] },
    },
  });
  const config = await createBuildStore(db.api).config(success.tenant, build.id);
  expect(config.options).toMatchObject({
    dockerfile_inline: 'FROM debian:12',
    build_args: { A: '1', B: '2' },
    replaced_images: { 'docker.io/library/debian:12': 'docker.io/library/debian:13' },
    pinned_images: [],
  });
  expect(config.options).not.toMatchObject({ cache_to: ['r.example/c:1'] });
});

test('a what-if by another method is taken by hosts of that one', async () => {
  const success = await aSuccess(db);
  const build = await aWhatIf(db, success, { method: 'container' });
  expect(build.build_method).toBe('container');
  const config = await createBuildStore(db.api).config(success.tenant, build.id);
  expect(config.method).toBe('container');
});

test('its lease says that it is not published, and it ends with its image in staging', async () => {
  const success = await aSuccess(db);
  const build = await aWhatIf(db, success);
  const { answer, holder, lease } = await startWhatIf(db, success, build.id);
  expect(answer).toMatchObject({ isUnpublished: true, isGated: false });
  await finish(db, holder, anOutcome({ image: anImage('other') }));
  await createRecorder(db.controller).record(build.id, lease, { kind: 'staged' });
  const ended = await createBuildStore(db.api).get(success.tenant, build.id);
  expect(ended).toMatchObject({
    ...{ status: 'success', publish_began_at: null, destinations: [] },
    result: { output_image_digest: anImage('other').manifestDigest },
  });
  const attested = await sql`SELECT FROM build_attestations WHERE build_id = ${build.id}`.execute(
    db.controller,
  );
  expect(attested.rows).toEqual([]);
});

test('a what-if moves no tag, and no other ending makes it a success', async () => {
  const success = await aSuccess(db);
  const build = await aWhatIf(db, success);
  const { holder, lease } = await startWhatIf(db, success, build.id);
  await finish(db, holder, anOutcome({ image: anImage('other') }));
  const recorder = createRecorder(db.controller);
  const sent: unknown[] = [];
  await expect(
    recorder.moveTags(lease, (target) => Promise.resolve(void sent.push(target))),
  ).rejects.toThrow();
  await expect(recorder.record(build.id, lease, { kind: 'published' })).rejects.toMatchObject({
    code: 'stale_fence',
  });
  expect(sent).toEqual([]);
});

test('a build that is to be published does not end unpublished', async () => {
  const running = await aRunningBuild(db);
  await finish(db, running.holder, anOutcome());
  await expect(
    createRecorder(db.controller).record(running.build.id, running.lease, { kind: 'staged' }),
  ).rejects.toMatchObject({ code: 'illegal_transition' });
});

test.each([
  ['destinations = \'["r.example/app:1"]\'', 'builds_what_if_is_not_published'],
  ['publish_began_at = now()', 'builds_what_if_is_not_published'],
  ["branch = 'main'", 'builds_what_if_is_of_no_branch'],
  ['what_if = NULL, what_if_of_build_id = NULL', 'stays one'],
])('the database refuses a what-if with %s', async (change, said) => {
  const build = await aWhatIf(db, await aSuccess(db));
  await expect(
    sql`UPDATE builds SET ${sql.raw(change)} WHERE id = ${build.id}`.execute(db.controller),
  ).rejects.toThrow(said);
});

test('no other build becomes a what-if', async () => {
  const { build } = await aSuccess(db);
  await expect(
    sql`UPDATE builds SET what_if = '{}', what_if_of_build_id = id, destinations = '[]' WHERE id = ${build.id}`.execute(
      db.controller,
    ),
  ).rejects.toThrow('nothing else becomes one');
});

test('a retry of a what-if is a what-if', async () => {
  const success = await aSuccess(db);
  const build = await aWhatIf(db, success);
  const { lease } = await startWhatIf(db, success, build.id);
  await createRecorder(db.controller).record(build.id, lease, { kind: 'build_timeout' });
  const { build: retry } = await createBuildStore(db.api).retry(success.tenant, {
    ...{ buildId: build.id, limits: BUILT_IN_LIMITS, judge: () => undefined },
    ...{ resumeFrom: 'source', idempotency: null },
  });
  expect(retry).toMatchObject({ destinations: [], what_if: build.what_if });
});

test('a what-if is neither rebuilt nor changed once more', async () => {
  const success = await aSuccess(db);
  const { id } = await aStagedWhatIf(db, success);
  const store = createBuildStore(db.api);
  const fix = `Name #${success.build.build_number}, with all the changes that are meant.`;
  await expect(store.whatIf(success.tenant, aWhatIfRequest(id))).rejects.toMatchObject({
    code: 'conflict',
    fix,
  });
  const rebuild = { ...aWhatIfRequest(id), pin: pinFor('buildx') };
  await expect(store.rebuild(success.tenant, rebuild)).rejects.toMatchObject({ code: 'conflict', fix });
});

test('nobody can approve a what-if', async () => {
  const success = await aSuccess(db);
  const { id: buildId } = await aWhatIf(db, success);
  await expect(
    createGateStore(db.api).decide(success.tenant, { buildId, decision: 'approved', why: null }),
  ).rejects.toMatchObject({
    code: 'conflict',
    message: 'The build is not held: it is a what-if, which is never published.',
  });
});

test('a what-if that comes to the published image changes nothing of it', async () => {
  const success = await aSuccess(db);
  const before = await createImageStore(db.api).get(success.tenant, anImage('built').manifestDigest);
  const { image_id: imageId } = await aStagedWhatIf(db, success, anImage('built'));
  const after = await createImageStore(db.api).get(success.tenant, anImage('built').manifestDigest);
  expect(after).toEqual(before);
  expect(imageId).toBe(before.id);
});

test('its image stays in staging until it has been looked into, and counts as gone then', async () => {
  const success = await aSuccess(db);
  const whatIf = await aStagedWhatIf(db, success);
  const dispatcher = createDispatcher(db.controller);
  expect(await dispatcher.stagingLeft(whatIf.id)).toEqual([]);
  const { tenantId } = success.tenant;
  const image = { tenantId, projectId: success.project.id, digest: anImage('other').manifestDigest };
  expect(await dispatcher.releaseWhatIfs(image)).toEqual([whatIf.id]);
  expect(await dispatcher.stagingLeft(whatIf.id)).toMatchObject([{ stagingTags: [`${whatIf.id}-1`] }]);
  await dispatcher.recordCleanup(whatIf.id, 'completed');
  const ended = await createBuildStore(db.api).get(success.tenant, whatIf.id);
  expect(ended.result.image_deleted_at).not.toBeNull();
});
