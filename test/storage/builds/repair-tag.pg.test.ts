import { sql } from 'kysely';
import { KilnError } from '../../../src/domain/errors.js';
import { createRecorder, createTagRepairs } from '../../../src/storage/builds/recorder.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import type { OpenMove, TagRepair } from '../../../src/ports/dispatch.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { createLeftPublications } from '../../../src/storage/retention/left-publications.js';
import { startTagRepair } from '../../../src/controller/tag-repair.js';
import { aBuild, aName, anImage, aProject, aTenant, aWorker } from '../../support/builds.js';
import { buildImage } from '../../support/built-build.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { eventually } from '../../support/own-processes.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());
beforeEach(() => sql`DELETE FROM tag_moves`.execute(db.controller));

const FAILED = { kind: 'publish_failed', code: 'registry_denied', message: 'No.' } as const;

/** Tags of a registry in memory. */
function aRegistry() {
  const tags = new Map<string, string>();
  return {
    tags,
    head: (repository: string, tag: string) => {
      const digest = tags.get(`${repository}:${tag}`);
      return Promise.resolve(digest === undefined ? null : { digest, mediaType: '', sizeBytes: 1 });
    },
    tag: (repository: string, digest: string, tag: string) =>
      Promise.resolve(void tags.set(`${repository}:${tag}`, digest)),
    untag: (repository: string, tag: string) => Promise.resolve(tags.delete(`${repository}:${tag}`)),
    move: ({ repository, tag, digest }: { repository: string; tag: string; digest: string }) =>
      Promise.resolve(void tags.set(`${repository}:${tag}`, digest)),
  };
}
type Registry = ReturnType<typeof aRegistry>;

async function aBuiltBuild(destination: string, sibling?: Place) {
  const { tenant, project, worker } = sibling ?? (await aPlace());
  const build = await aBuild(db, tenant, project.id, { destinations: [destination] });
  const image = anImage(aName('image'));
  const lease = await buildImage(db, build.id, worker, image);
  return { tenant, project, worker, build, lease, digest: image.manifestDigest };
}

async function aPlace() {
  const tenant = await aTenant(db);
  const worker = await aWorker(db, { tenantId: tenant.tenantId, slots: 3 });
  return { tenant, worker, project: await aProject(db, tenant) };
}
type Place = Awaited<ReturnType<typeof aPlace>>;

/** A controller that does the move and is gone before it can note it. */
async function moveAndDie(build: Awaited<ReturnType<typeof aBuiltBuild>>, registry: Registry) {
  const dying = createRecorder(db.controller).moveTags(build.lease, async (target) => {
    await registry.move(target);
    throw new Error('killed');
  });
  await expect(dying).rejects.toThrow('killed');
}

/** What one round of the sweep does. */
async function sweep(registry: Registry): Promise<TagRepair[]> {
  const results: TagRepair[] = [];
  const tags = createTagRepairs(db.controller);
  for (const move of await tags.open(0, 100)) results.push((await tags.repair(move, registry)).what);
  return results;
}

test('a move that was noted leaves nothing open', async () => {
  const registry = aRegistry();
  const build = await aBuiltBuild('r/app:clean');
  await createRecorder(db.controller).moveTags(build.lease, registry.move);
  expect(await sweep(registry)).toEqual([]);
});

test('a tag that a killed controller moved for a build that was then cancelled goes back to the recorded image', async () => {
  const registry = aRegistry();
  const first = await aBuiltBuild('r/app:back');
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(first.lease, registry.move);
  await recorder.record(first.build.id, first.lease, { kind: 'published' });
  const second = await aBuiltBuild('r/app:back', first);
  await moveAndDie(second, registry);
  await createBuildStore(db.api).requestCancel(second.tenant, second.build.id);
  await recorder.record(second.build.id, second.lease, { kind: 'cancelled' });
  const { error_message: said } = await createBuildStore(db.api).get(second.tenant, second.build.id);
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

  await createRecorder(db.controller).record(build.build.id, build.lease, FAILED);
  await lookAgain();
  expect(await sweep(registry)).toEqual(['removed']);
  expect(registry.tags.size).toBe(0);
});

test('a tag that is removed brings the next look at its manifest forward', async () => {
  const registry = aRegistry();
  const { tenant, build, lease, digest } = await aBuiltBuild('r/app:brought-back');
  await createLeaseGate(db.api).putPublication({ ...lease, tenantId: tenant.tenantId }, lease.fence, {
    ...{ repository: 'r/app', manifestDigest: digest, status: 'copying', begins: { wasThere: false } },
    ...{ tryNumber: 1, totalBlobs: 1, mountedBlobs: 0, existingBlobs: 0, uploadedBlobs: 0 },
    ...{ totalBytes: 9, sparedBytes: 0, sentBytes: 0, waitingReason: null },
  });
  const givenUp = createRecorder(db.controller).moveTags(lease, () => Promise.reject(new Error('no answer')));
  await expect(givenUp).rejects.toThrow('no answer');
  await createRecorder(db.controller).record(build.id, lease, FAILED);
  const due = () => createLeftPublications(db.controller).due(100);
  expect(await due()).not.toContain(build.id);

  registry.tags.set('r/app:brought-back', digest);
  expect(await sweep(registry)).toEqual(['removed']);
  expect(await due()).toContain(build.id);

  // Also where no look is planned any more: the last one may have found the tag.
  await sql`UPDATE publications SET tidy_due_at = NULL WHERE build_id = ${build.id}`.execute(db.controller);
  registry.tags.set('r/app:brought-back', digest);
  await lookAgain();
  expect(await sweep(registry)).toEqual(['removed']);
  expect(await due()).toContain(build.id);
});

/** A move whose controller was held up before the registry heard of it, and after which another build has moved the tag. */
async function anOvertakenMove(registry: Registry, tag: string) {
  const build = await aBuiltBuild(`r/app:${tag}`);
  await moveAndDie(build, registry);
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(build.lease, registry.move);
  await recorder.record(build.build.id, build.lease, { kind: 'published' });
  const next = await aBuiltBuild(`r/app:${tag}`, build);
  await recorder.moveTags(next.lease, registry.move);
  return { build, next };
}

const lookAgain = () => sql`UPDATE tag_moves SET checked_at = NULL`.execute(db.controller);

/** Makes the tries of all open moves so old that nobody carries them out any more. */
const grow = () =>
  sql`UPDATE tag_moves SET last_tried_at = last_tried_at - interval '11 minutes'`.execute(db.controller);

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
  await createRecorder(db.controller).record(build.build.id, build.lease, FAILED);
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
    await createRecorder(db.controller).record(build.build.id, build.lease, FAILED);
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
  const recorder = createRecorder(db.controller);
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
  const recorder = createRecorder(db.controller);
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

/** A registry whose next writing of a tag is given up, and what lands it late. */
function aRegistryThatHangs(registry: Registry) {
  const landed: (() => void)[] = [];
  const giveUp = (land: () => void) => {
    landed.push(land);
    return Promise.reject(new KilnError('registry_unreachable', { message: 'no answer' }));
  };
  const hanging = {
    ...registry,
    tag: (repository: string, digest: string, tag: string) =>
      giveUp(() => void registry.tags.set(`${repository}:${tag}`, digest)),
    untag: (repository: string, tag: string) =>
      giveUp(() => void registry.tags.delete(`${repository}:${tag}`)),
  };
  return { hanging, land: () => landed.shift()!() };
}

test('a repair that was given up and lands after a later build has moved the tag is put right', async () => {
  const registry = aRegistry();
  const { build, next } = await anOvertakenMove(registry, 'held-put');
  registry.tags.set('r/app:held-put', build.digest);
  const { hanging, land } = aRegistryThatHangs(registry);
  await expect(sweep(hanging)).rejects.toThrow('no answer');
  await createRecorder(db.controller).record(next.build.id, next.lease, { kind: 'published' });
  const newest = await aBuiltBuild('r/app:held-put', build);
  await createRecorder(db.controller).moveTags(newest.lease, registry.move);

  land();
  expect(registry.tags.get('r/app:held-put')).toBe(next.digest);
  await lookAgain();
  expect(await sweep(registry)).toContain('put_back');
  expect(registry.tags.get('r/app:held-put')).toBe(newest.digest);
});

test('a removal that was given up and lands after a later build has moved the tag is put right', async () => {
  const registry = aRegistry();
  const build = await aBuiltBuild('r/app:held-delete');
  await moveAndDie(build, registry);
  await createRecorder(db.controller).record(build.build.id, build.lease, FAILED);
  const { hanging, land } = aRegistryThatHangs(registry);
  await expect(sweep(hanging)).rejects.toThrow('no answer');
  const next = await aBuiltBuild('r/app:held-delete', build);
  await createRecorder(db.controller).moveTags(next.lease, registry.move);

  land();
  expect(registry.tags.size).toBe(0);
  await lookAgain();
  expect(await sweep(registry)).toContain('put_back');
  expect(registry.tags.get('r/app:held-delete')).toBe(next.digest);
});

test('a repair is committed before it is sent, and taken back with the answer of the registry, also where that refuses it', async () => {
  const registry = aRegistry();
  const { build, next } = await anOvertakenMove(registry, 'told');
  const open = () =>
    db.controller.selectFrom('tag_moves').select('manifest_digest').orderBy('last_tried_at').execute();
  const before = await open();
  let meanwhile: unknown;
  const land = () => registry.tags.set('r/app:told', build.digest);
  land();
  const watched = (end: () => Promise<undefined>) => ({
    ...registry,
    tag: async () => {
      meanwhile = await open();
      return end();
    },
  });
  await sweep(watched(() => registry.tag('r/app', next.digest, 'told')));
  expect(meanwhile).toEqual([...before, { manifest_digest: next.digest }]);
  expect(await open()).toEqual(before);

  land();
  await lookAgain();
  const refused = () => Promise.reject(new KilnError('registry_denied', { message: 'No.' }));
  await expect(sweep(watched(refused))).rejects.toThrow('No.');
  expect(await open()).toEqual(before);
});

test('a repair sends where the record has the tag by then, not where it was when the repair was begun', async () => {
  const registry = aRegistry();
  const { build, next } = await anOvertakenMove(registry, 'meanwhile');
  await createRecorder(db.controller).record(next.build.id, next.lease, { kind: 'published' });
  const newest = await aBuiltBuild('r/app:meanwhile', build);
  registry.tags.set('r/app:meanwhile', build.digest);
  let heads = 0;
  const sent: string[] = [];
  await sweep({
    ...registry,
    head: async (repository, tag) => {
      heads += 1;
      // The second look finds another record than the first, as when a build gets the lock of the tag in between.
      if (heads === 1)
        await sql`UPDATE image_tags SET manifest_digest = ${newest.digest}, build_id = ${newest.build.id}
          WHERE repository = 'r/app' AND tag = 'meanwhile'`.execute(db.controller);
      return registry.head(repository, tag);
    },
    tag: (repository, digest, tag) => {
      sent.push(digest);
      return registry.tag(repository, digest, tag);
    },
  });
  expect(sent).toEqual([newest.digest]);
  expect(await sweep(registry)).toEqual([]);
});

test.each([
  ['moved_elsewhere', 'sha256:of-somebody'],
  ['absent', null],
] as const)('that a tag is %s is told once, as long as the looks find the same', async (what, served) => {
  const registry = aRegistry();
  const { build } = await anOvertakenMove(registry, `once-${what}`);
  const put = (digest: string | null) =>
    digest === null
      ? registry.tags.delete(`r/app:once-${what}`)
      : registry.tags.set(`r/app:once-${what}`, digest);
  const looks = async () => {
    await lookAgain();
    const repairs = createTagRepairs(db.controller);
    const [move] = await repairs.open(0, 1);
    return repairs.repair(move!, registry);
  };
  put(served);
  expect(await looks()).toEqual({ what, isNews: true });
  expect(await looks()).toEqual({ what, isNews: false });
  expect(await looks()).toEqual({ what, isNews: false });
  for (let landed = 0; landed < 2; landed += 1) {
    put(build.digest);
    expect(await looks()).toEqual({ what: 'put_back', isNews: true });
  }
});

test('a tag that somebody else moved is left where it is and reported', async () => {
  const registry = aRegistry();
  const build = await aBuiltBuild('r/app:foreign');
  await moveAndDie(build, registry);
  registry.tags.set('r/app:foreign', 'sha256:of-somebody');
  const told: TagRepair[] = [];
  const loop = startTagRepair({
    tags: createTagRepairs(db.controller),
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
  const tags = createTagRepairs(db.controller);
  expect(await tags.open(60_000, 10)).toEqual([]);
  await sql`UPDATE tag_moves SET last_tried_at = last_tried_at - interval '2 minutes', checked_at = last_tried_at - interval '50 seconds'`.execute(
    db.controller,
  );
  expect(await tags.open(60_000, 10)).toEqual([]);
  await sql`UPDATE tag_moves SET checked_at = checked_at - interval '15 seconds'`.execute(db.controller);
  expect(await tags.open(60_000, 10)).toHaveLength(1);
  await sql`UPDATE tag_moves SET last_tried_at = last_tried_at - interval '1 day'`.execute(db.controller);
  expect(await tags.open(60_000, 10)).toEqual([]);
  const { rows } = await sql`SELECT 1 FROM tag_moves`.execute(db.controller);
  expect(rows).toEqual([]);
});
