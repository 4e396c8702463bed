import { sql } from 'kysely';
import { parsePackageQuery } from '../../../src/domain/packages/package-query.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createInspectionStore } from '../../../src/storage/sboms/inspection-store.js';
import { createSboms } from '../../../src/storage/sboms/sboms.js';
import { anImage, aTenant } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { aRecorded, deb, stored } from './a-recorded-image.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

/** All that is found, page by page: package, version and project of each. */
async function pages(tenant: TenantContext, text: string, limit: number): Promise<string[][]> {
  const found: string[][] = [];
  let cursor: string | null = null;
  do {
    const store = createInspectionStore(db.api);
    const page = await store.findPackages(tenant, parsePackageQuery(text), { limit, cursor });
    found.push(page.items.map((one) => `${one.package_name} ${one.package_version} ${one.image_id}`));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

async function namesIn(pagesOf: Promise<string[][]>): Promise<string[]> {
  return (await pagesOf).flat().map((text) => text.split(' ', 2).join(' '));
}

test('pages of every size give the same list: by name, the newest first, without deleted images, one image of each project', async () => {
  const tenant = await aTenant(db);
  const sboms = createSboms(db.controller);
  const record = async (name: string, ...packages: ReturnType<typeof deb>[]) => {
    const image = await aRecorded(db, tenant, anImage(name));
    await sboms.save(image.tenantId, image.digest, stored(...packages));
    return image;
  };
  await record('old', deb('libb', '1'), deb('liba', '1'), deb('zlib', '1', 'liba'));
  const gone: string[] = [];
  for (const version of ['2', '3', '4', '5', '6', '7', '8'])
    gone.push((await record(`gone ${version}`, deb('liba', version))).digest);
  const twice = anImage('of two projects');
  const { digest } = await aRecorded(db, tenant, twice);
  await aRecorded(db, tenant, twice);
  await sboms.save(tenant.tenantId, digest, stored(deb('LibA', '9'), deb('liba', '10', 'liba')));
  await sql`UPDATE images SET deleted_at = now() WHERE manifest_digest = ANY(${gone})`.execute(db.admin);

  const ofName = ['liba 10', 'liba 10', 'LibA 9', 'LibA 9', 'zlib 1', 'liba 1'];
  for (const [text, names] of [
    ['liba', ofName],
    ['LIB*', [...ofName, 'libb 1']],
    ['liba@>=9', ['liba 10', 'liba 10', 'LibA 9', 'LibA 9']],
  ] as const) {
    expect(await namesIn(pages(tenant, text, 50))).toEqual(names);
    const whole = (await pages(tenant, text, 50)).flat();
    for (const limit of [1, 2, 3]) {
      const found = await pages(tenant, text, limit);
      expect(found.flat()).toEqual(whole);
      expect(found.map((page) => page.length)).toEqual(
        Array.from({ length: Math.ceil(whole.length / limit) }, (_, index) =>
          Math.min(limit, whole.length - index * limit),
        ),
      );
    }
  }
});

test('a cursor that nobody gave is refused', async () => {
  const tenant = await aTenant(db);
  for (const text of ['x', '[]', '["a","b"]', '["a","2026-05-04T00:00:00Z","sha256:1",1.5,"x"]', 'null'])
    await expect(
      createInspectionStore(db.api).findPackages(tenant, parsePackageQuery('liba'), {
        ...{ limit: 1, cursor: Buffer.from(text).toString('base64url') },
      }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
});
