import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sql } from 'kysely';
import type { InspectedImage } from '../../../src/domain/builds/outcome.js';
import { KilnError } from '../../../src/domain/errors.js';
import { transact } from '../../../src/storage/transact.js';
import { listImages } from '../../../src/storage/verify/stored-values.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createPruneStore } from '../../../src/storage/retention/prune-store.js';
import { createPruner } from '../../../src/storage/retention/pruner.js';
import { aDigest, aName, anImage, aProject, aTenant } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { branch, PruningHouse } from './a-pruning-house.js';

let db: FreshDatabase;
let house: PruningHouse;
beforeAll(async () => {
  db = await freshDatabase();
});
/** A policy for tests that name tags of their own for what is to go. */
const ALL_TAGS_GO = { keep_newest: 1, expendable_tags: ['*'] };

beforeEach(() => {
  house = new PruningHouse(db);
});
afterAll(() => db.close());

test('what goes is shown first, then removed with its tags, and its row tells that it is gone', async () => {
  const pruned = await house.aProject();
  const repository = pruned.project.imageRepository;
  const old = await house.publish(pruned, aName('old'));
  const fresh = await house.publish(pruned, aName('new'));
  const preview = await createPruneStore(db.api).preview(pruned.tenant, pruned.project.id);
  expect(preview.goes).toMatchObject([
    { manifest_digest: old.image.manifestDigest, tags: [`${repository}:1`], branches: ['main'] },
  ]);
  expect(preview.stays).toMatchObject([{ because: 'it is the newest of the branch main' }]);

  const done = await house.prune(pruned);

  expect(done).toMatchObject({
    removed: [{ manifest_digest: old.image.manifestDigest, repository, tags: ['1'] }],
    kept: [],
    troubles: [],
  });
  expect(house.registry.holds(repository, old.image.manifestDigest)).toBe(false);
  expect([...house.registry.tags.keys()].sort()).toEqual([`${repository}:2`, `${repository}:latest`]);
  expect(await house.isDeleted(pruned, old.image.manifestDigest)).toBe(true);
  expect(await house.isDeleted(pruned, fresh.image.manifestDigest)).toBe(false);
  const { result } = await createBuildStore(db.api).get(pruned.tenant, old.buildId);
  expect(result).toMatchObject({
    output_image_digest: old.image.manifestDigest,
    image_deleted_at: expect.any(String),
  });
  expect((await createPruneStore(db.api).preview(pruned.tenant, pruned.project.id)).goes).toEqual([]);
});

test('what a tag points at that somebody has asked for stays, and goes when the tag has moved or names its build alone', async () => {
  const pruned = await house.aProject({ keep_newest: 1, expendable_tags: ['pr-*'] });
  const git = { ...branch('main'), commit: '4f1c2ab'.padEnd(40, '0') };
  const to = (tag: string) => ({ git, destinations: [`${pruned.project.imageRepository}:${tag}`] });
  const first = await house.publish(pruned, aName('first'), to('stable'));
  const second = await house.publish(pruned, aName('second'), to('stable'));
  const prod = await house.publish(pruned, aName('prod'), to('prod'));
  const sha = await house.publish(pruned, aName('sha'), to('4f1c2ab'));
  const pull = await house.publish(pruned, aName('pull'), to('pr-9'));
  const numbered = await house.publish(pruned, aName('numbered'));
  await house.publish(pruned, aName('new'));

  const preview = await createPruneStore(db.api).preview(pruned.tenant, pruned.project.id);
  expect(preview.stays.map(({ because }) => because)).toEqual([
    'the tag stable is in use: it points here, and is not expendable',
    'the tag prod is in use: it points here, and is not expendable',
    'it is the newest of the branch main',
  ]);
  const done = await house.prune(pruned);

  const removed = done.removed.map((one) => one.manifest_digest);
  expect(removed.sort()).toEqual([first, sha, pull, numbered].map((one) => one.image.manifestDigest).sort());
  for (const { image } of [second, prod])
    expect(house.registry.holds(pruned.project.imageRepository, image.manifestDigest)).toBe(true);
});

test('of each image that stays for another build, that build is named', async () => {
  const pruned = await house.aProject();
  const { slug } = pruned.project;
  const old = await house.publish(pruned, aName('old'));
  await house.publish(pruned, aName('new'));
  const again = await house.stage(pruned, old.image);
  const preview = await createPruneStore(db.api).preview(pruned.tenant, pruned.project.id);
  expect(preview.stays).toContainEqual(
    expect.objectContaining({
      manifest_digest: old.image.manifestDigest,
      because: `${slug}#3 needs it, which is not over`,
    }),
  );
  expect(again.image).toBe(old.image);
});

test('layers of what goes are told with whether an image that stays has them', async () => {
  const pruned = await house.aProject();
  const [base, own] = [aName('base'), aName('own')];
  await house.publish(pruned, anImage(aName('one'), [base, own]));
  await house.publish(pruned, anImage(aName('other'), [base]));
  const store = createPruneStore(db.api);
  const { goes } = await store.preview(pruned.tenant, pruned.project.id);
  const imageId = goes[0]!.image_id;
  const layers = await store.layers(pruned.tenant, [imageId]);
  expect(new Map(layers.map((layer) => [layer.digest, layer]))).toEqual(
    new Map([
      [aDigest(base), { imageId, digest: aDigest(base), sizeBytes: 1_000, isShared: true }],
      [aDigest(own), { imageId, digest: aDigest(own), sizeBytes: 1_000, isShared: false }],
    ]),
  );
});

test('an image that somebody else has tagged stays, and the answer names the tag', async () => {
  const pruned = await house.aProject();
  const old = await house.publish(pruned, aName('old'));
  await house.publish(pruned, aName('new'));
  house.registry.tags.set(`${pruned.project.imageRepository}:production`, old.image.manifestDigest);

  const done = await house.prune(pruned);

  expect(done.removed).toEqual([]);
  expect(done.kept).toMatchObject([{ because: 'the tag production points at it' }]);
  expect(house.registry.removals).toEqual([]);
});

test('an image that a tagged index of somebody else names stays', async () => {
  const pruned = await house.aProject();
  const old = await house.publish(pruned, aName('old'));
  await house.publish(pruned, aName('new'));
  const repository = pruned.project.imageRepository;
  house.registry.manifests.set(`${repository}@sha256:index`, [old.image.manifestDigest]);
  house.registry.tags.set(`${repository}:all`, 'sha256:index');
  expect((await house.prune(pruned)).kept).toMatchObject([{ because: 'the tag all points at it' }]);
});

test('an image that another project has published to the same repository stays', async () => {
  const [one, other] = [await house.aProject(ALL_TAGS_GO), await house.aProject({ keep_newest: 5 })];
  const name = aName('shared');
  const destinations = [`${one.project.imageRepository}:x`];
  await house.publish(one, name, { destinations });
  await house.publish(other, name, { destinations });
  await house.publish(one, aName('new'), { destinations: [`${one.project.imageRepository}:y`] });
  house.registry.tags.delete(destinations[0]!);

  expect((await house.prune(one)).kept).toMatchObject([
    { because: 'another image or project has it in this repository' },
  ]);
});

test('an index goes with the images of its platforms, but for one that another index has', async () => {
  const pruned = await house.aProject();
  const repository = pruned.project.imageRepository;
  const [shared, own] = [anImage(aName('shared')), anImage(aName('own'))];
  const index = (name: string, parts: InspectedImage[]): InspectedImage => ({
    ...anImage(name),
    layers: [],
    platformImages: parts,
  });
  await house.publish(pruned, index(aName('old'), [shared, own]));
  await house.publish(pruned, index(aName('new'), [shared]));
  expect((await house.prune(pruned)).removed).toHaveLength(1);
  expect(house.registry.holds(repository, own.manifestDigest)).toBe(false);
  expect(house.registry.holds(repository, shared.manifestDigest)).toBe(true);
  expect(await house.isDeleted(pruned, own.manifestDigest)).toBe(true);
  expect(await house.isDeleted(pruned, shared.manifestDigest)).toBe(false);
});

test('an image goes from every repository that its builds published to, and is deleted with the last', async () => {
  const pruned = await house.aProject(ALL_TAGS_GO);
  const repository = aName('two');
  const destinations = [`${pruned.project.imageRepository}:1`, `r.example/${repository}:1`];
  const old = await house.publish(pruned, aName('old'), { destinations });
  await house.publish(pruned, aName('new'));
  expect((await house.prune(pruned)).removed.map((one) => one.repository).sort()).toEqual(
    [pruned.project.imageRepository, `r.example/${repository}`].sort(),
  );
  expect(await house.isDeleted(pruned, old.image.manifestDigest)).toBe(true);
});

test('a registry that refuses is told of with the remedy, and the other repositories go on', async () => {
  const pruned = await house.aProject(ALL_TAGS_GO);
  const destinations = ['a.example/app:1', 'b.example/app:1'].map((text) =>
    text.replace('app', aName('app')),
  );
  const old = await house.publish(pruned, aName('old'), { destinations });
  await house.publish(pruned, aName('new'), { destinations: destinations.map((text) => `${text}2`) });
  let calls = 0;
  house.registry.onRemove = () => {
    if (calls++ === 1) throw new KilnError('registry_keeps_images', { message: 'It answered 405.' });
  };

  const done = await house.prune(pruned);

  expect(done.troubles).toMatchObject([
    {
      code: 'registry_keeps_images',
      message: 'It answered 405.',
      fix: expect.stringContaining(pruned.project.slug),
    },
  ]);
  expect(done.removed).toHaveLength(1);
  expect(await house.isDeleted(pruned, old.image.manifestDigest)).toBe(false);
  const asked = await transact(db.controller, (tx) => listImages(tx));
  const left = asked.filter(({ digest }) => digest === old.image.manifestDigest);
  expect(left.map((one) => one.repository)).not.toContain(done.removed[0]!.repository);
});

test('an image that was deleted and is published again counts as there, also for the next prune', async () => {
  const pruned = await house.aProject();
  const name = aName('back');
  await house.publish(pruned, name);
  await house.publish(pruned, aName('new'));
  await house.prune(pruned);
  await house.publish(pruned, name);
  await house.publish(pruned, aName('newer'));
  expect((await house.prune(pruned)).removed.map((one) => one.manifest_digest)).toContain(
    aDigest(`manifest ${name}`),
  );
});

test('what another image was made from stays until that one is deleted', async () => {
  const base = await house.aProject();
  const old = await house.publish(base, aName('base'));
  await house.publish(base, aName('new'));
  const user = await house.publish(base, aName('user'), { git: branch('app') });
  await db.controller
    .insertInto('build_base_images')
    .values({
      tenant_id: base.tenant.tenantId,
      build_id: user.buildId,
      position: 9,
      reference: `${base.project.imageRepository}:1`,
      digest: old.image.manifestDigest,
      is_base: true,
    })
    .execute();
  expect((await house.prune(base)).removed).toEqual([]);

  await house.publish(base, aName('newer'), { git: branch('app') });

  expect((await house.prune(base)).removed.map((one) => one.manifest_digest)).toEqual([
    user.image.manifestDigest,
    old.image.manifestDigest,
  ]);
});

test('what a tag may have to be pointed at again stays, as long as its move is open', async () => {
  const pruned = await house.aProject();
  const old = await house.publish(pruned, aName('old'));
  const { buildId } = await house.publish(pruned, aName('new'));
  await db.controller
    .insertInto('tag_moves')
    .values({
      mover_id: randomUUID(),
      tenant_id: pruned.tenant.tenantId,
      build_id: buildId,
      repository: pruned.project.imageRepository,
      tag: '1',
      manifest_digest: aDigest('elsewhere'),
      last_tried_at: new Date(),
    })
    .execute();
  expect((await house.prune(pruned)).removed).toEqual([]);
  await db.controller.deleteFrom('tag_moves').where('build_id', '=', buildId).execute();
  expect((await house.prune(pruned)).removed).toMatchObject([{ manifest_digest: old.image.manifestDigest }]);
});

test('a project without a policy is never pruned, and says how to have one', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  await expect(createPruneStore(db.api).request(tenant, project.id)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining(`kiln projects set ${project.slug} --keep-newest`),
  });
  const pruned = await house.aProject();
  const opened = await createPruner(db.controller).openAll();
  const { rows } = await sql<{
    project_id: string;
  }>`SELECT project_id FROM image_prunes WHERE id = ANY(${opened})`.execute(db.controller);
  expect(rows.map((row) => row.project_id)).toContain(pruned.project.id);
  expect(rows.map((row) => row.project_id)).not.toContain(project.id);
});

test('a prune that is open is given to everybody who asks for one', async () => {
  const { tenant, project } = await house.aProject();
  const store = createPruneStore(db.api);
  const asked = await Promise.all([1, 2, 3].map(() => store.request(tenant, project.id)));
  expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
});
