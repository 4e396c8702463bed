import { readInTenant } from '../../src/storage/in-tenant.js';
import type { Tx } from '../../src/storage/database.js';
import { aProject, aTenant } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

test('what is read together is of one moment, whatever is committed in between', async () => {
  const tenant = await aTenant(db);
  const { id } = await aProject(db, tenant);
  const nameOf = (tx: Tx) =>
    tx.selectFrom('projects').select('name').where('id', '=', id).executeTakeFirstOrThrow();

  const [first, second] = await readInTenant(db.api, tenant.tenantId, async (tx) => {
    const before = await nameOf(tx);
    await db.admin.updateTable('projects').set({ name: 'changed' }).where('id', '=', id).execute();
    return [before, await nameOf(tx)];
  });

  expect(second).toEqual(first);
  expect(await readInTenant(db.api, tenant.tenantId, nameOf)).toEqual({ name: 'changed' });
});

test('what only reads changes nothing, and sees no rows of another tenant', async () => {
  const tenant = await aTenant(db);
  const other = await aProject(db, await aTenant(db));
  const write = readInTenant(db.api, tenant.tenantId, (tx) =>
    tx.updateTable('projects').set({ name: 'changed' }).execute(),
  );

  await expect(write).rejects.toThrow('read-only transaction');
  expect(
    await readInTenant(db.api, tenant.tenantId, (tx) =>
      tx.selectFrom('projects').select('id').where('id', '=', other.id).execute(),
    ),
  ).toEqual([]);
});
