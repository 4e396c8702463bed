import { sql } from 'kysely';
import { changeBuild } from '../../../src/contracts/change-build.js';
import { pinFor } from '../../../src/contracts/rebuild.js';
import type { WhatIfChanges } from '../../../src/contracts/what-if.js';
import { BUILT_IN_LIMITS } from '../../../src/domain/limits/effective-limits.js';
import type { WhatIfRequest } from '../../../src/ports/records.js';
import { standingProjects } from '../../../src/storage/base-images/standing-projects.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createGateStore } from '../../../src/storage/gates/gate-store.js';
import { createImageStore } from '../../../src/storage/images/image-store.js';
import { dayAfter } from '../../../src/domain/stats/local-days.js';
import { sumCounts } from '../../../src/domain/stats/performance.js';
import { createBadgeStore } from '../../../src/storage/identity/badge-store.js';
import { createRollUp } from '../../../src/storage/stats/roll-up.js';
import { createStatsStore } from '../../../src/storage/stats/stats-store.js';
import { createProjectStore } from '../../../src/storage/identity/project-store.js';
import { inTenant } from '../../../src/storage/in-tenant.js';
import { transact } from '../../../src/storage/transact.js';
import { aBuild, anImage, anOutcome, aRunningBuild, finish, takeUp } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const BASE = { name: 'docker.io/library/debian', tag: '12', digest: `sha256:${'b'.repeat(64)}` };
const MATERIALS = { images: [{ reference: 'docker.io/library/debian:12', digest: BASE.digest }], files: [] };
const options = { dockerfile_inline: 'FROM debian:12', build_args: { A: '1' }, cache_to: ['r.example/c:1'] };

/** A published build, and the means to make what-ifs of it. */
async function aSuccess() {
  const running = await aRunningBuild(db, { options, git: { ...NO_GIT, branch: 'main' } });
  await finish(
    db,
    running.holder,
    anOutcome({ image: { ...anImage('built'), baseImage: BASE }, materials: MATERIALS }),
  );
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(running.lease, () => Promise.resolve());
  await recorder.record(running.build.id, running.lease, { kind: 'published' });
  await createDispatcher(db.controller).release(running.lease);
  return running;
}

/** A change of a project that changes nothing. */
const UNCHANGED = {
  ...{ name: undefined, imageRepository: undefined, destinations: undefined },
  ...{ defaults: undefined, gate: undefined },
};
const NO_GIT = { commit: null, branch: null, author: null, message: null };

function request(buildId: string, changes: WhatIfChanges = { no_cache: true }): WhatIfRequest {
  return {
    buildId,
    limits: BUILT_IN_LIMITS,
    judge: () => undefined,
    change: (before) => changeBuild(before, changes),
    idempotency: null,
  };
}

type Success = Awaited<ReturnType<typeof aSuccess>>;

async function aWhatIf(success: Success, changes?: WhatIfChanges) {
  const { build } = await createBuildStore(db.api).whatIf(success.tenant, request(success.build.id, changes));
  return build;
}

/** Grants it a lease and has its host take it up. */
async function run({ worker }: Success, buildId: string) {
  const answer = await createDispatcher(db.controller).requestLease(buildId);
  if (answer.kind !== 'granted') throw new Error(`expected a grant, got ${answer.kind}`);
  return { answer, ...(await takeUp(db, worker.workerId, answer.lease)), lease: answer.lease };
}

async function aStagedWhatIf(success: Success, image = anImage('other')) {
  const build = await aWhatIf(success);
  const { holder, lease } = await run(success, build.id);
  await finish(db, holder, anOutcome({ image: { ...image, baseImage: BASE }, materials: MATERIALS }));
  const recorder = createRecorder(db.controller);
  await recorder.record(build.id, lease, { kind: 'staged' });
  await createDispatcher(db.controller).release(lease);
  return createBuildStore(db.api).get(success.tenant, build.id);
}

test('a what-if is of no branch and goes nowhere; it has the changes, and otherwise what the record has', async () => {
  const success = await aSuccess();
  const build = await aWhatIf(success, { base: { 'debian:12': 'debian:13' }, build_args: { B: '2' } });
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
  const success = await aSuccess();
  const build = await aWhatIf(success, { method: 'container' });
  expect(build.build_method).toBe('container');
  const config = await createBuildStore(db.api).config(success.tenant, build.id);
  expect(config.method).toBe('container');
});

test('its lease says that it is not published, and it ends with its image in staging', async () => {
  const success = await aSuccess();
  const build = await aWhatIf(success);
  const { answer, holder, lease } = await run(success, build.id);
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
  const success = await aSuccess();
  const build = await aWhatIf(success);
  const { holder, lease } = await run(success, build.id);
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
  const build = await aWhatIf(await aSuccess());
  await expect(
    sql`UPDATE builds SET ${sql.raw(change)} WHERE id = ${build.id}`.execute(db.controller),
  ).rejects.toThrow(said);
});

test('no other build becomes a what-if', async () => {
  const { build } = await aSuccess();
  await expect(
    sql`UPDATE builds SET what_if = '{}', what_if_of_build_id = id, destinations = '[]' WHERE id = ${build.id}`.execute(
      db.controller,
    ),
  ).rejects.toThrow('nothing else becomes one');
});

test('a retry of a what-if is a what-if', async () => {
  const success = await aSuccess();
  const build = await aWhatIf(success);
  const { lease } = await run(success, build.id);
  await createRecorder(db.controller).record(build.id, lease, { kind: 'build_timeout' });
  const { build: retry } = await createBuildStore(db.api).retry(success.tenant, {
    ...{ buildId: build.id, limits: BUILT_IN_LIMITS, judge: () => undefined },
    ...{ resumeFrom: 'source', idempotency: null },
  });
  expect(retry).toMatchObject({ destinations: [], what_if: build.what_if });
});

test('a what-if is neither rebuilt nor changed once more', async () => {
  const success = await aSuccess();
  const { id } = await aStagedWhatIf(success);
  const store = createBuildStore(db.api);
  const fix = `Name #${success.build.build_number}, with all the changes that are meant.`;
  await expect(store.whatIf(success.tenant, request(id))).rejects.toMatchObject({ code: 'conflict', fix });
  const rebuild = { ...request(id), pin: pinFor('buildx') };
  await expect(store.rebuild(success.tenant, rebuild)).rejects.toMatchObject({ code: 'conflict', fix });
});

test('nobody can approve a what-if', async () => {
  const success = await aSuccess();
  const { id: buildId } = await aWhatIf(success);
  await expect(
    createGateStore(db.api).decide(success.tenant, { buildId, decision: 'approved', why: null }),
  ).rejects.toMatchObject({ code: 'conflict', message: 'The build is not held: its project has no gate.' });
});

test('what is newest, and what is watched and listed, is that of builds that are published', async () => {
  const success = await aSuccess();
  await createProjectStore(db.api).update(success.tenant, success.project.id, {
    ...UNCHANGED,
    baseImageWatch: { canary: false, branch: null },
  });
  const whatIf = await aStagedWhatIf(success);
  const filter = {
    ...{ projectId: success.project.id, number: null, status: null, gateStatus: null },
    ...{ branch: null, method: null, commit: null, limit: 10, cursor: null },
  };
  const store = createBuildStore(db.api);
  const ids = async (withoutWhatIfs: boolean): Promise<string[]> =>
    (await store.list(success.tenant, { ...filter, withoutWhatIfs })).items.map(({ id }) => id);
  expect(await ids(false)).toEqual([whatIf.id, success.build.id]);
  expect(await ids(true)).toEqual([success.build.id]);
  const standing = await transact(db.controller, (tx) => standingProjects(tx, success.tenant.tenantId));
  expect(standing.map(({ buildId }) => buildId)).toEqual([success.build.id]);
  const images = await createImageStore(db.api).list(success.tenant, {
    ...{ projectId: success.project.id, limit: 10, cursor: null },
  });
  expect(images.items.map((image) => image.manifest_digest)).toEqual([anImage('built').manifestDigest]);
});

test('a what-if that comes to the published image changes nothing of it', async () => {
  const success = await aSuccess();
  const before = await createImageStore(db.api).get(success.tenant, anImage('built').manifestDigest);
  const { image_id: imageId } = await aStagedWhatIf(success, anImage('built'));
  const after = await createImageStore(db.api).get(success.tenant, anImage('built').manifestDigest);
  expect(after).toEqual(before);
  expect(imageId).toBe(before.id);
});

test('its image stays in staging until it has been looked into, and counts as gone then', async () => {
  const success = await aSuccess();
  const whatIf = await aStagedWhatIf(success);
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

test('nobody is told of a what-if', async () => {
  const success = await aSuccess();
  await inTenant(db.api, success.tenant.tenantId, (tx) =>
    tx
      .insertInto('notification_targets')
      .values({
        ...{ tenant_id: success.tenant.tenantId, target_name: 't', target_kind: 'webhook' },
        ...{ url: 'https://r.example', events: JSON.stringify(['queued', 'success']), key_id: 'k' },
        ...{ wrapped_key: Buffer.of(1), ciphertext: Buffer.of(1) },
      })
      .execute(),
  );
  const whatIf = await aStagedWhatIf(success);
  const other = await aBuild(db, success.tenant, success.project.id);
  const { rows } = await sql<{ build_id: string }>`
    SELECT build_id FROM notification_deliveries WHERE build_id IN (${whatIf.id}, ${other.id})`.execute(
    db.controller,
  );
  expect(rows).toEqual([{ build_id: other.id }]);
});

test('a what-if that fails changes no badge, and counts in no figures', async () => {
  const success = await aSuccess();
  const badges = createBadgeStore(db.api);
  const { token } = await badges.switchOn(success.tenant, success.project.id);
  const build = await aWhatIf(success);
  const { lease } = await run(success, build.id);
  await createRecorder(db.controller).record(build.id, lease, { kind: 'build_timeout' });
  expect(await badges.read(token, success.project.slug, null)).toEqual({ status: 'success' });
  const today = new Date().toISOString().slice(0, 10);
  const range = { from: dayAfter(today, -1), until: dayAfter(today, 1) };
  const rollUp = createRollUp(db.controller);
  await rollUp.spreadChanges(1_000);
  while ((await rollUp.countNextDay()) !== null);
  const stats = createStatsStore(db.api);
  for (const query of [null, success.project.id].map((projectId) => ({ range, projectId }))) {
    const { totalBuilds, failed } = sumCounts((await stats.days(success.tenant, query)).days);
    expect([totalBuilds, failed]).toEqual([1, 0]);
    expect((await stats.outcomes(success.tenant, query, 'method', 10)).items).toMatchObject([{ failed: 0 }]);
  }
});
