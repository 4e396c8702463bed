import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Prune } from '../../../src/contracts/retention.js';
import { lockRepositoryShared } from '../../../src/storage/locks.js';
import { transact } from '../../../src/storage/transact.js';
import { aName, anImage } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { branch, PruningHouse, type Staged } from './a-pruning-house.js';

let db: FreshDatabase;
let house: PruningHouse;
beforeAll(async () => {
  db = await freshDatabase();
});
beforeEach(() => {
  house = new PruningHouse(db);
});
afterAll(() => db.close());

test('a prune that was killed between registry and record goes on and ends the same', async () => {
  const pruned = await house.aProject();
  const old = await house.publish(pruned, aName('old'));
  await house.publish(pruned, aName('new'));
  house.registry.copy('elsewhere', 'nothing');
  await house.registry.registry().remove(pruned.project.imageRepository, old.image.manifestDigest);

  const done = await house.prune(pruned);

  expect(done.removed).toHaveLength(1);
  expect(await house.isDeleted(pruned, old.image.manifestDigest)).toBe(true);
});

test('the image of a build that is not over, is held, or can be resumed stays', async () => {
  const pruned = await house.aProject();
  const name = aName('again');
  await house.publish(pruned, name);
  await house.publish(pruned, aName('new'));
  await house.stage(pruned, anImage(name), { git: branch('other') });

  expect((await house.prune(pruned)).removed).toEqual([]);
});

test('an image that is published anew while it is removed is copied again and not lost', async () => {
  const pruned = await house.aProject();
  const repository = pruned.project.imageRepository;
  const name = aName('again');
  await house.publish(pruned, name);
  await house.publish(pruned, aName('new'));
  const digest = anImage(name).manifestDigest;
  // The prune holds the repository and has decided when another build brings the same image: it copies what is there, and waits with its tag.
  let again: Staged | undefined;
  let moving: Promise<unknown> | undefined;
  house.registry.onRemove = async () => {
    house.registry.onRemove = () => undefined;
    again = await house.stage(pruned, anImage(name), { git: branch('other') });
    house.copy(again);
    moving = house.moveTags(again);
    await new Promise((resolve) => setTimeout(resolve, 200));
  };

  const done = await house.prune(pruned);

  expect(done.removed).toHaveLength(1);
  expect(await moving).toEqual({ result: 'missing' });
  expect(await house.isDeleted(pruned, digest)).toBe(true);
  house.copy(again!);
  expect(await house.moveTags(again!)).toEqual({ result: 'moved' });
  expect((await house.prune(pruned)).removed).toEqual([]);
  await house.record(again!);
  expect(await house.isDeleted(pruned, digest)).toBe(false);
  expect((await house.prune(pruned)).removed).toEqual([]);
  expect(house.registry.holds(repository, digest)).toBe(true);
});

test('publications and prunes of the same image at once never leave a tag at nothing', async () => {
  const pruned = await house.aProject();
  const repository = pruned.project.imageRepository;
  const names = [aName('a'), aName('b'), aName('c')];
  for (const name of names) await house.publish(pruned, name);
  const publishAgain = async (name: string): Promise<void> => {
    const made = await house.stage(pruned, anImage(name), { git: branch(aName('branch')) });
    for (let result = 'missing'; result === 'missing'; result = (await house.moveTags(made)).result)
      house.copy(made);
    await house.record(made);
  };
  await Promise.all([
    ...names.map(publishAgain),
    (async () => {
      for (let round = 0; round < 4; round += 1) await house.prune(pruned);
    })(),
  ]);
  for (const [name, digest] of house.registry.tags)
    expect([name, house.registry.holds(repository, digest)]).toEqual([name, true]);
  for (const name of names) {
    const { manifestDigest } = anImage(name);
    expect([name, house.registry.holds(repository, manifestDigest)]).toEqual([name, true]);
    expect(await house.isDeleted(pruned, manifestDigest)).toBe(false);
  }
});

test('what goes is decided anew under the lock: a build that needs the image may have come meanwhile', async () => {
  const pruned = await house.aProject();
  const name = aName('again');
  await house.publish(pruned, name);
  await house.publish(pruned, aName('new'));
  let pruning: Promise<Prune> | undefined;
  await transact(db.controller, async (tx) => {
    await lockRepositoryShared(tx, pruned.project.imageRepository);
    pruning = house.prune(pruned);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await house.stage(pruned, anImage(name), { git: branch('other') });
  });
  expect((await pruning)?.removed).toEqual([]);
});

test('an image that another repository gets while it is removed from the last one is not deleted', async () => {
  const pruned = await house.aProject();
  const name = aName('moved');
  await house.publish(pruned, name);
  await house.publish(pruned, aName('new'));
  house.registry.onRemove = async () => {
    house.registry.onRemove = () => undefined;
    await house.publish(pruned, name, { git: branch('other'), destinations: [`r.example/${name}:1`] });
  };
  expect((await house.prune(pruned)).removed).toHaveLength(1);
  expect(await house.isDeleted(pruned, anImage(name).manifestDigest)).toBe(false);
});

test('an image that is published elsewhere later is looked for where it was published last', async () => {
  const pruned = await house.aProject();
  const image = anImage(aName('moves'));
  await house.publish(pruned, image);
  const elsewhere = `${pruned.project.imageRepository}/elsewhere`;
  await house.publish(pruned, image, { destinations: [`${elsewhere}:1`] });

  const row = await db.controller
    .selectFrom('images')
    .select('image_repository')
    .where('project_id', '=', pruned.project.id)
    .where('manifest_digest', '=', image.manifestDigest)
    .executeTakeFirstOrThrow();
  expect(row).toEqual({ image_repository: elsewhere });
});
