import { sql } from 'kysely';
import { createRecorder, createTagRepairs } from '../../../src/storage/builds/recorder.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import type { OpenMove, TagRepair } from '../../../src/ports/dispatch.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { createLeftPublications } from '../../../src/storage/retention/left-publications.js';
import { startTagRepair } from '../../../src/controller/tag-repair.js';
import { eventually } from '../../support/own-processes.js';
import { aRegistry, aTagWorld, FAILED } from './tag-world.js';

const world = aTagWorld();
const { aBuiltBuild, moveAndDie, sweep, anOvertakenMove, lookAgain } = world;

test('a move that was noted leaves nothing open', async () => {
  const registry = aRegistry();
  const build = await aBuiltBuild('r/app:clean');
  await createRecorder(world.db.controller).moveTags(build.lease, registry.move);
  expect(await sweep(registry)).toEqual([]);
});

test('a tag that a killed controller moved for a build that was then cancelled goes back to the recorded image', async () => {
  const registry = aRegistry();
  const first = await aBuiltBuild('r/app:back');
  const recorder = createRecorder(world.db.controller);
  await recorder.moveTags(first.lease, registry.move);
  await recorder.record(first.build.id, first.lease, { kind: 'published' });
  const second = await aBuiltBuild('r/app:back', first);
  await moveAndDie(second, registry);
  await createBuildStore(world.db.api).requestCancel(second.tenant, second.build.id);
  await recorder.record(second.build.id, second.lease, { kind: 'cancelled' });
  const { error_message: said } = await createBuildStore(world.db.api).get(second.tenant, second.build.id);
  expect(said).toBe('The build was cancelled after its publication had begun; moved: no tag.');
  expect(registry.tags.get('r/app:back')).toBe(second.digest);

  expect(await sweep(registry)).toEqual(['put_back']);

  expect(registry.tags.get('r/app:back')).toBe(first.digest);
  expect(await sweep(registry)).toEqual([]);
});

test('a tag of which the record knows nothing is removed once its build is over, not before', async () => {
  const registry = aRegistry();
  const build = await aBuiltBuild('r/app:new');
  await moveAndDie(build, registry);
  expect(await sweep(registry)).toEqual(['under_way']);
  expect(registry.tags.get('r/app:new')).toBe(build.digest);

  await createRecorder(world.db.controller).record(build.build.id, build.lease, FAILED);
  await lookAgain();
  expect(await sweep(registry)).toEqual(['removed']);
  expect(registry.tags.size).toBe(0);
});

test('a tag that is removed brings the next look at its manifest forward', async () => {
  const registry = aRegistry();
  const { tenant, build, lease, digest } = await aBuiltBuild('r/app:brought-back');
  await createLeaseGate(world.db.api).putPublication({ ...lease, tenantId: tenant.tenantId }, lease.fence, {
    ...{ repository: 'r/app', manifestDigest: digest, status: 'copying', begins: { wasThere: false } },
    ...{ tryNumber: 1, totalBlobs: 1, mountedBlobs: 0, existingBlobs: 0, uploadedBlobs: 0 },
    ...{ totalBytes: 9, sparedBytes: 0, sentBytes: 0, waitingReason: null },
  });
  const givenUp = createRecorder(world.db.controller).moveTags(lease, () =>
    Promise.reject(new Error('no answer')),
  );
  await expect(givenUp).rejects.toThrow('no answer');
  await createRecorder(world.db.controller).record(build.id, lease, FAILED);
  const due = () => createLeftPublications(world.db.controller).due(100);
  expect(await due()).not.toContain(build.id);

  registry.tags.set('r/app:brought-back', digest);
  expect(await sweep(registry)).toEqual(['removed']);
  expect(await due()).toContain(build.id);

  // Also where no look is planned any more: the last one may have found the tag.
  await sql`UPDATE publications SET tidy_due_at = NULL WHERE build_id = ${build.id}`.execute(
    world.db.controller,
  );
  registry.tags.set('r/app:brought-back', digest);
  await lookAgain();
  expect(await sweep(registry)).toEqual(['removed']);
  expect(await due()).toContain(build.id);
});

/** Makes the tries of all open moves so old that nobody carries them out any more. */
const grow = () =>
  sql`UPDATE tag_moves SET last_tried_at = last_tried_at - interval '11 minutes'`.execute(
    world.db.controller,
  );

test('a controller that was held up and moves a tag late is put right each time, and who moves it by hand after ten minutes is left alone', async () => {
  const registry = aRegistry();
  const { build, next } = await anOvertakenMove(registry, 'late');
  expect(await sweep(registry)).toEqual(['right']);
  for (let landed = 0; landed < 2; landed += 1) {
    registry.tags.set('r/app:late', build.digest);
    await lookAgain();
    expect(await sweep(registry)).toEqual(['put_back']);
    expect(registry.tags.get('r/app:late')).toBe(next.digest);
  }
  await grow();
  await lookAgain();
  expect(await sweep(registry)).toEqual(['right']);

  registry.tags.set('r/app:late', build.digest);
  await lookAgain();
  expect(await sweep(registry)).toEqual([]);
  expect(registry.tags.get('r/app:late')).toBe(build.digest);
});

test('a tag of a failed build that is removed and lands once more is removed once more', async () => {
  const registry = aRegistry();
  const build = await aBuiltBuild('r/app:twice');
  await moveAndDie(build, registry);
  await createRecorder(world.db.controller).record(build.build.id, build.lease, FAILED);
  expect(await sweep(registry)).toEqual(['removed']);

  registry.tags.set('r/app:twice', build.digest);
  await lookAgain();
  expect(await sweep(registry)).toEqual(['removed']);
  expect(registry.tags.size).toBe(0);
});

test('a move that lands over what somebody, or another open move, has put there goes back to the record', async () => {
  const registry = aRegistry();
  const one = await aBuiltBuild('r/app:over');
  const other = await aBuiltBuild('r/app:over', one);
  for (const build of [one, other]) {
    await moveAndDie(build, registry);
    await createRecorder(world.db.controller).record(build.build.id, build.lease, FAILED);
  }
  expect((await sweep(registry)).toSorted()).toEqual(['moved_elsewhere', 'removed']);

  for (const digest of [one.digest, 'sha256:of-somebody', other.digest]) {
    registry.tags.set('r/app:over', digest);
    await lookAgain();
    await sweep(registry);
    const isOfSomebody = digest === 'sha256:of-somebody';
    expect(registry.tags.get('r/app:over')).toBe(isOfSomebody ? digest : undefined);
  }
});

test('a tag that somebody removed stays away, and a move that lands there after that goes back to the record', async () => {
  const registry = aRegistry();
  const { build, next } = await anOvertakenMove(registry, 'gone');
  registry.tags.delete('r/app:gone');
  expect(await sweep(registry)).toEqual(['absent']);
  registry.tags.set('r/app:gone', build.digest);
  await lookAgain();
  expect(await sweep(registry)).toEqual(['put_back']);
  expect(registry.tags.get('r/app:gone')).toBe(next.digest);
});

test('a move that is not carried out within ten minutes is forgotten, and a rollback to its image stays', async () => {
  const registry = aRegistry();
  const { build } = await anOvertakenMove(registry, 'rollback');
  await grow();
  expect(await sweep(registry)).toEqual(['right']);

  registry.tags.set('r/app:rollback', build.digest);
  await lookAgain();
  expect(await sweep(registry)).toEqual([]);
});

test('a move that another controller has made again is looked after for ten minutes, while the first may be on its way', async () => {
  const registry = aRegistry();
  const build = await aBuiltBuild('r/app:made');
  await moveAndDie(build, registry);
  const recorder = createRecorder(world.db.controller);
  await recorder.moveTags(build.lease, registry.move);
  await recorder.record(build.build.id, build.lease, { kind: 'published' });
  expect(await sweep(registry)).toEqual(['right']);
  await lookAgain();
  expect(await sweep(registry)).toEqual(['right']);
  await grow();
  await lookAgain();
  expect(await sweep(registry)).toEqual(['right']);
  expect(await sweep(registry)).toEqual([]);
});

test('what a try sent that was given up is put right when it lands after a later build has moved the tag', async () => {
  const registry = aRegistry();
  const first = await aBuiltBuild('r/app:lands');
  const recorder = createRecorder(world.db.controller);
  const givenUp = recorder.moveTags(first.lease, () => Promise.reject(new Error('no answer')));
  await expect(givenUp).rejects.toThrow('no answer');
  await recorder.moveTags(first.lease, registry.move);
  await recorder.record(first.build.id, first.lease, { kind: 'published' });
  expect(await sweep(registry)).toEqual(['right']);
  const next = await aBuiltBuild('r/app:lands', first);
  await recorder.moveTags(next.lease, registry.move);
  await recorder.record(next.build.id, next.lease, { kind: 'published' });

  registry.tags.set('r/app:lands', first.digest);
  await lookAgain();
  expect(await sweep(registry)).toEqual(['put_back']);
  expect(registry.tags.get('r/app:lands')).toBe(next.digest);
});

test('a tag that somebody else moved is left where it is and reported', async () => {
  const registry = aRegistry();
  const build = await aBuiltBuild('r/app:foreign');
  await moveAndDie(build, registry);
  registry.tags.set('r/app:foreign', 'sha256:of-somebody');
  const told: TagRepair[] = [];
  const loop = startTagRepair({
    tags: createTagRepairs(world.db.controller),
    registryFor: () => registry,
    log: { error: () => undefined },
    looked: (_move: OpenMove, result) => told.push(result),
    everyMs: 20,
    olderThanMs: 0,
  });
  await eventually(() => told.length > 0);
  await loop.stop();
  expect(told).toEqual(['moved_elsewhere']);
  expect(registry.tags.get('r/app:foreign')).toBe('sha256:of-somebody');
});

test('a move is looked at again after a minute, and forgotten after a day', async () => {
  const build = await aBuiltBuild('r/app:old');
  await moveAndDie(build, aRegistry());
  const tags = createTagRepairs(world.db.controller);
  expect(await tags.open(60_000, 10)).toEqual([]);
  await sql`UPDATE tag_moves SET last_tried_at = last_tried_at - interval '2 minutes', checked_at = last_tried_at - interval '50 seconds'`.execute(
    world.db.controller,
  );
  expect(await tags.open(60_000, 10)).toEqual([]);
  await sql`UPDATE tag_moves SET checked_at = checked_at - interval '15 seconds'`.execute(
    world.db.controller,
  );
  expect(await tags.open(60_000, 10)).toHaveLength(1);
  await sql`UPDATE tag_moves SET last_tried_at = last_tried_at - interval '1 day'`.execute(
    world.db.controller,
  );
  expect(await tags.open(60_000, 10)).toEqual([]);
  const { rows } = await sql`SELECT 1 FROM tag_moves`.execute(world.db.controller);
  expect(rows).toEqual([]);
});
