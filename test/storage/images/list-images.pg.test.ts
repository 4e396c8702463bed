import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ImageStore } from '../../../src/ports/images.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createImageStore } from '../../../src/storage/images/image-store.js';
import { BUILD_CHECKS } from '../../../src/storage/verify/build-checks.js';
import { aName, anImage } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { PruningHouse } from '../retention/a-pruning-house.js';

let db: FreshDatabase;
let house: PruningHouse;
let images: ImageStore;
beforeAll(async () => {
  db = await freshDatabase();
  house = new PruningHouse(db);
  images = createImageStore(db.api);
});
afterAll(() => db.close());

test('the image that was built last comes first, over the pages of the list', async () => {
  const { tenant, project, worker } = await house.aProject();
  const [one, two, three] = [anImage(aName('one')), anImage(aName('two')), anImage(aName('three'))];
  for (const image of [one, two, three, one]) await house.publish({ tenant, project, worker }, image);
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<ImageStore['list']>> = await images.list(tenant, {
      projectId: project.id,
      limit: 1,
      cursor,
    });
    found.push(...page.items.map((image) => image.manifest_digest));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(found).toEqual([one, three, two].map((image) => image.manifestDigest));
});

test.each([
  ['fails', { kind: 'publish_failed', code: 'registry_rejected', message: 'Immutable.' }, 'failed'],
  ['is cancelled', { kind: 'cancelled' }, 'cancelled'],
] as const)(
  'an image under a tag that was moved is known when its build %s for another tag',
  async (_how, ending, status) => {
    const pruned = await house.aProject({ keep_newest: 1, expendable_tags: ['*'] });
    const { tenant, project } = pruned;
    const repository = project.imageRepository;
    const destinations = [`${repository}:prod`, `${repository}:locked`];
    const staged = await house.stage(pruned, anImage(aName('half')), { destinations });
    house.copy(staged);
    const recorder = createRecorder(db.controller);
    const move: typeof house.registry.tag = (target) =>
      target.tag === 'locked' ? Promise.reject(new Error('400')) : house.registry.tag(target);
    await expect(recorder.moveTags(staged.lease, move)).rejects.toThrow('400');

    expect(await recorder.record(staged.buildId, staged.lease, ending)).toEqual({ status });

    const build = await createBuildStore(db.api).get(tenant, staged.buildId);
    expect(build.result.output_image_digest).toBeNull();
    expect(await images.get(tenant, build.image_id!)).toMatchObject({
      manifest_digest: staged.image.manifestDigest,
      image_repository: repository,
      tags: [`${repository}:prod`],
    });
    expect(await images.layers(tenant, build.image_id!)).toHaveLength(2);
    const counters = BUILD_CHECKS.find(({ name }) => name === 'layer_counters')!;
    expect((await counters.broken.execute(db.admin)).rows).toEqual([]);

    await house.publish(pruned, aName('newer'));
    expect((await house.prune(pruned)).removed).toEqual([]);
    await sql`UPDATE builds SET staging_kept_until = now() WHERE id = ${staged.buildId}`.execute(
      db.controller,
    );
    expect((await house.prune(pruned)).removed).toMatchObject([
      { manifest_digest: staged.image.manifestDigest, tags: ['prod'] },
    ]);
  },
);

test('of a build that moved no tag no image is known', async () => {
  const pruned = await house.aProject();
  const { buildId, lease } = await house.stage(pruned, anImage(aName('none')));
  const ending = { kind: 'publish_failed', code: 'registry_rejected', message: 'No.' } as const;
  await createRecorder(db.controller).record(buildId, lease, ending);
  expect((await createBuildStore(db.api).get(pruned.tenant, buildId)).image_id).toBeNull();
});
