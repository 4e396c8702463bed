import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGivenSecrets } from '../../../src/storage/secrets/given-secrets.js';
import { aBuild, anImage, aTenant } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { aRecorded } from '../sboms/a-recorded-image.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

/** Says of every build of an image that it was given these arguments. */
async function given(digest: string, args: object): Promise<void> {
  await db.controller
    .updateTable('build_configs')
    .set({ build_args: JSON.stringify(args) })
    .where('build_id', 'in', (eb) =>
      eb
        .selectFrom('builds as b')
        .innerJoin('images as i', 'i.id', 'b.image_id')
        .select('b.id')
        .where('i.manifest_digest', '=', digest),
    )
    .execute();
}

test('arguments that look secret are known of every build that has made the image in the tenant, and of no other', async () => {
  const [tenant, foreign] = [await aTenant(db), await aTenant(db)];
  const image = anImage(randomUUID());
  const { tenantId, digest } = await aRecorded(db, tenant, image);
  await aRecorded(db, tenant, image);
  await given(digest, { NPM_TOKEN: 'tok-98765', COLOUR: 'a-fine-blue', PASSWORD: 'abc' });
  const other = await aRecorded(db, tenant);
  await given(other.digest, { NPM_TOKEN: 'tok-of-another' });

  const find = createGivenSecrets(db.controller);
  expect(await find({ digest, owner: { tenantId, buildId: null, imageId: randomUUID() } })).toEqual([
    'tok-98765',
  ]);
  expect(
    await find({ digest, owner: { tenantId: foreign.tenantId, buildId: null, imageId: randomUUID() } }),
  ).toEqual([]);
});

test('of an image in staging they are those of its build', async () => {
  const tenant = await aTenant(db);
  const { projectId } = await aRecorded(db, tenant);
  const build = await aBuild(db, tenant, projectId, {
    options: { build_args: { NPM_TOKEN: 'tok-98765' }, environment: {} },
  });
  const find = createGivenSecrets(db.controller);
  const owner = { tenantId: tenant.tenantId, buildId: build.id };
  expect(await find({ digest: `sha256:${'0'.repeat(64)}`, owner })).toEqual(['tok-98765']);
});
