import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createGivenSecrets, MAX_BASES_DEEP } from '../../../src/storage/secrets/given-secrets.js';
import { aBuild, anImage, anOutcome, aTenant, aWorker, finish, takeUp } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { aRecorded } from '../sboms/a-recorded-image.js';

/** No project has a stored secret. */
const nothing = () => Promise.resolve([]);

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

  const { ofManifest } = createGivenSecrets(db.controller, nothing);
  const owner = { buildId: null, imageId: randomUUID() };
  expect(await ofManifest({ digest, owner: { tenantId, ...owner } })).toEqual(['tok-98765']);
  expect(await ofManifest({ digest, owner: { tenantId: foreign.tenantId, ...owner } })).toEqual([]);
});

test('of an image in staging they are those of its build', async () => {
  const tenant = await aTenant(db);
  const { projectId } = await aRecorded(db, tenant);
  const build = await aBuild(db, tenant, projectId, {
    options: { build_args: { NPM_TOKEN: 'tok-98765' }, environment: {} },
  });
  const { ofManifest } = createGivenSecrets(db.controller, nothing);
  const owner = { tenantId: tenant.tenantId, buildId: build.id };
  expect(await ofManifest({ digest: `sha256:${'0'.repeat(64)}`, owner })).toEqual(['tok-98765']);
});

const UNKNOWN = `sha256:${'e'.repeat(64)}`;

test('of the images that an image was made from they are known too, from one to the next, of every project of the tenant alone', async () => {
  const [tenant, foreign] = [await aTenant(db), await aTenant(db)];
  const first = await aRecorded(db, tenant);
  await given(first.digest, { NPM_TOKEN: 'tok-of-the-first' });
  const index = { ...anImage(randomUUID()), layers: [], platformImages: [anImage(randomUUID())] };
  await aRecorded(db, tenant, index, [UNKNOWN, first.digest]);
  await given(index.manifestDigest, { DB_PASSWORD: 'pass-of-the-second' });
  const [platform] = index.platformImages;
  const { tenantId, digest } = await aRecorded(db, tenant, anImage(randomUUID()), [platform!.manifestDigest]);
  const other = await aRecorded(db, foreign, anImage(randomUUID()), [first.digest]);

  const { ofManifest, ofImages } = createGivenSecrets(db.controller, nothing);
  const owner = { tenantId, buildId: null, imageId: randomUUID() };
  const found = ['pass-of-the-second', 'tok-of-the-first'];
  expect((await ofManifest({ digest, owner })).toSorted()).toEqual(found);
  expect((await ofImages(tenantId, [digest, UNKNOWN])).toSorted()).toEqual(found);
  expect(await ofImages(other.tenantId, [other.digest, first.digest])).toEqual([]);
  const asApi = createGivenSecrets(db.api, nothing);
  expect((await asApi.ofImages(tenantId, [platform!.manifestDigest])).toSorted()).toEqual(found);
});

test('secrets of the project of a base are among them', async () => {
  const tenant = await aTenant(db);
  const base = await aRecorded(db, tenant);
  const { tenantId, digest } = await aRecorded(db, tenant, anImage(randomUUID()), [base.digest]);
  const { ofImages } = createGivenSecrets(db.controller, (owner) =>
    Promise.resolve(owner.projectId === base.projectId ? [`stored-${owner.tenantId}`] : []),
  );
  expect(await ofImages(tenantId, [digest])).toEqual([`stored-${tenantId}`]);
});

test('a build in staging stands on what its run has recorded', async () => {
  const tenant = await aTenant(db);
  const base = await aRecorded(db, tenant);
  await given(base.digest, { NPM_TOKEN: 'tok-of-the-base' });
  const worker = await aWorker(db, { tenantId: tenant.tenantId, slots: 1 });
  const build = await aBuild(db, tenant, base.projectId);
  const answer = await createDispatcher(db.controller).requestLease(build.id);
  if (answer.kind !== 'granted') throw new Error(answer.kind);
  const { holder } = await takeUp(db, worker.workerId, answer.lease);
  const images = [{ reference: 'registry.example.com/base:1', digest: base.digest }];
  await finish(db, holder, anOutcome({ image: anImage(randomUUID()), materials: { images, files: [] } }));
  const { ofManifest } = createGivenSecrets(db.controller, nothing);
  const owner = { tenantId: tenant.tenantId, buildId: build.id };
  expect(await ofManifest({ digest: UNKNOWN, owner })).toEqual(['tok-of-the-base']);
});

test(`of images more than ${MAX_BASES_DEEP} below it nothing is known`, async () => {
  const tenant = await aTenant(db);
  const digests: string[] = [];
  for (let at = 0; at < MAX_BASES_DEEP + 2; at++) {
    const { digest } = await aRecorded(db, tenant, anImage(randomUUID()), digests.slice(-1));
    await given(digest, { NPM_TOKEN: `tok-of-${at}.` });
    digests.push(digest);
  }
  const { ofImages } = createGivenSecrets(db.controller, nothing);
  const found = await ofImages(tenant.tenantId, digests.slice(-1));
  expect(found).toHaveLength(MAX_BASES_DEEP + 1);
  expect(found).not.toContain('tok-of-0.');
});
