import { sql } from 'kysely';
import { KilnError } from '../../../src/domain/errors.js';
import { createRecorder, createTagRepairs } from '../../../src/storage/builds/recorder.js';
import { aRegistry, aTagWorld, FAILED, type Registry } from './tag-world.js';

const world = aTagWorld();
const { aBuiltBuild, moveAndDie, sweep, anOvertakenMove, lookAgain } = world;

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
  await createRecorder(world.db.controller).record(next.build.id, next.lease, { kind: 'published' });
  const newest = await aBuiltBuild('r/app:held-put', build);
  await createRecorder(world.db.controller).moveTags(newest.lease, registry.move);

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
  await createRecorder(world.db.controller).record(build.build.id, build.lease, FAILED);
  const { hanging, land } = aRegistryThatHangs(registry);
  await expect(sweep(hanging)).rejects.toThrow('no answer');
  const next = await aBuiltBuild('r/app:held-delete', build);
  await createRecorder(world.db.controller).moveTags(next.lease, registry.move);

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
    world.db.controller.selectFrom('tag_moves').select('manifest_digest').orderBy('last_tried_at').execute();
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
  await createRecorder(world.db.controller).record(next.build.id, next.lease, { kind: 'published' });
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
          WHERE repository = 'r/app' AND tag = 'meanwhile'`.execute(world.db.controller);
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
    const repairs = createTagRepairs(world.db.controller);
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
