import { sql } from 'kysely';
import { createContentIndex } from '../../src/storage/contents/content-index.js';
import { createUploadStore } from '../../src/storage/identity/upload-store.js';
import { aBuild, aProject, aTenant } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

type Index = ReturnType<typeof createContentIndex>;

let db: FreshDatabase;
let index: Index;
let tenant: Awaited<ReturnType<typeof aTenant>>;
beforeAll(async () => {
  db = await freshDatabase();
  index = createContentIndex(db.api);
});
beforeEach(async () => {
  tenant = await aTenant(db);
});
afterAll(() => db.close());

const DAY_MS = 86_400_000;
const place = (): Promise<void> => Promise.resolve();
const content = (digit: string, sizeBytes = 5) => ({ sha256: digit.repeat(64), sizeBytes });
const [a, b, c] = [content('a'), content('b'), content('c')];

async function stored(...contents: (typeof a)[]): Promise<void> {
  await index.need(tenant, contents);
  await index.store(tenant, contents, place);
}

/** Makes it look as if nothing had needed these for so many days. */
async function lastNeeded(days: number, ...contents: (typeof a)[]): Promise<void> {
  await sql`UPDATE contents SET last_needed_at = now() - make_interval(days => ${days})
            WHERE tenant_id = ${tenant.tenantId} AND sha256 = ANY(${contents.map(({ sha256 }) => sha256)}::char(64)[])`.execute(
    db.admin,
  );
}

test('what a list needs is missing until it is stored, in the order of the list', async () => {
  expect(await index.need(tenant, [c, a, b])).toEqual([c.sha256, a.sha256, b.sha256]);
  await index.store(tenant, [a], place);
  expect(await index.need(tenant, [c, a, b])).toEqual([c.sha256, b.sha256]);
  expect(await index.find(tenant, a.sha256)).toEqual({ ...a, isStored: true });
  expect(await index.find(tenant, b.sha256)).toEqual({ ...b, isStored: false });
});

test('a tenant neither has nor learns what another one stored', async () => {
  await stored(a);
  const other = await aTenant(db);
  expect(await index.find(other, a.sha256)).toBeNull();
  expect(await index.need(other, [a])).toEqual([a.sha256]);
  await expect(index.store(other, [b], place)).rejects.toMatchObject({ code: 'invalid_request' });
  await index.forget(other, a.sha256);
  expect(await index.find(tenant, a.sha256)).toMatchObject({ isStored: true });
});

test('what no list asks for is not placed', async () => {
  let placed = 0;
  await index.need(tenant, [a]);
  const store = index.store(tenant, [a, b], () => Promise.resolve(void (placed += 1)));
  await expect(store).rejects.toMatchObject({ code: 'invalid_request' });
  expect(placed).toBe(0);
  expect(await index.need(tenant, [a])).toEqual([a.sha256]);
});

test('what could not be placed is not stored', async () => {
  await index.need(tenant, [a]);
  await expect(index.store(tenant, [a], () => Promise.reject(new Error('disk full')))).rejects.toThrow(
    'disk full',
  );
  expect(await index.need(tenant, [a])).toEqual([a.sha256]);
});

test('a wrong size is corrected before the bytes are there, and refused after', async () => {
  await index.need(tenant, [content('a', 6)]);
  await expect(index.store(tenant, [a], place)).rejects.toMatchObject({ code: 'invalid_request' });
  await stored(a);
  await expect(index.need(tenant, [content('a', 6)])).rejects.toMatchObject({ code: 'context_invalid' });
});

test('two lists that share contents are registered at once', async () => {
  const many = Array.from({ length: 3000 }, (_, number) => ({
    sha256: number.toString(16).padStart(64, '0'),
    sizeBytes: 1,
  }));
  const lists = await Promise.all([
    index.need(tenant, many),
    index.need(tenant, [...many].reverse()),
    index.need(tenant, many),
  ]);
  expect(lists.map((missing) => missing.length)).toEqual([3000, 3000, 3000]);
  await Promise.all([index.store(tenant, many, place), index.store(tenant, [...many].reverse(), place)]);
  expect(await index.need(tenant, many)).toEqual([]);
});

describe('after its time', () => {
  const expire = async (days = 14): Promise<string[]> => {
    const removed: string[] = [];
    await index.expire(tenant.tenantId, days * DAY_MS, 100, (digests) => {
      removed.push(...digests);
      return Promise.resolve();
    });
    return removed.sort();
  };

  test('a content goes, and is missing again; a younger one stays', async () => {
    await stored(a, b);
    await lastNeeded(15, a);
    expect(await index.tenantsWithExpired(14 * DAY_MS)).toContain(tenant.tenantId);
    expect(await expire()).toEqual([a.sha256]);
    expect(await index.need(tenant, [a, b])).toEqual([a.sha256]);
    expect(await index.tenantsWithExpired(14 * DAY_MS)).not.toContain(tenant.tenantId);
  });

  test('a content that never came goes as well', async () => {
    await index.need(tenant, [a]);
    await lastNeeded(15, a);
    expect(await expire()).toEqual([a.sha256]);
    expect(await index.find(tenant, a.sha256)).toBeNull();
  });

  test('a content that a list has named again stays', async () => {
    await stored(a);
    await lastNeeded(15, a);
    expect(await index.need(tenant, [a])).toEqual([]);
    expect(await expire()).toEqual([]);
  });

  test('the same list again within the hour writes no row', async () => {
    await stored(a);
    const version = (): Promise<unknown> =>
      sql`SELECT xmin FROM contents WHERE tenant_id = ${tenant.tenantId}`
        .execute(db.admin)
        .then(({ rows }) => rows);
    const before = await version();
    await index.need(tenant, [a]);
    expect(await version()).toEqual(before);
  });

  test('whose bytes were not removed is found again', async () => {
    await stored(a);
    await lastNeeded(15, a);
    const broken = index.expire(tenant.tenantId, 14 * DAY_MS, 100, () => Promise.reject(new Error('killed')));
    await expect(broken).rejects.toThrow('killed');
    expect(await index.find(tenant, a.sha256)).toMatchObject({ isStored: false });
    expect(await expire()).toEqual([a.sha256]);
  });

  test('who sends a content while it goes waits, and then it is asked for anew', async () => {
    await stored(a);
    await lastNeeded(15, a);
    const order: string[] = [];
    let sending: Promise<unknown> = Promise.resolve();
    await index.expire(tenant.tenantId, 14 * DAY_MS, 100, async () => {
      sending = index
        .store(tenant, [a], () => Promise.resolve(void order.push('placed')))
        .catch(() => order.push('refused'));
      await new Promise((resolve) => setTimeout(resolve, 100));
      order.push('removed');
    });
    await sending;
    expect(order).toEqual(['removed', 'refused']);
  });

  test('the lists of builds that are not over are known', async () => {
    const upload = await createUploadStore(db.api).record(tenant, {
      sha256: a.sha256,
      sizeBytes: 1,
      entryCount: 1,
    });
    const project = await aProject(db, tenant);
    const source = { kind: 'upload' as const, upload_id: upload.id };
    await aBuild(db, tenant, project.id, { source });
    await aBuild(db, tenant, project.id, { source });
    expect(await index.listsOfOpenBuilds(tenant.tenantId)).toEqual([a.sha256]);
    expect(await index.listsOfOpenBuilds((await aTenant(db)).tenantId)).toEqual([]);
  });
});
