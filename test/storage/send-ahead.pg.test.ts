import { sql } from 'kysely';
import { inTenant } from '../../src/storage/in-tenant.js';
import { transact } from '../../src/storage/transact.js';
import { aProject, aTenant } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

/** pg_notify takes less than this. */
const TOO_LONG = 'x'.repeat(9000);
const NOT_SENT = /payload string too long/;

test('a transaction begins before its first statement and takes back what it did', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const left = inTenant(db.api, tenant.tenantId, async (tx) => {
    await tx.updateTable('projects').set({ name: 'changed' }).where('id', '=', project.id).execute();
    throw new Error('changed my mind');
  });

  await expect(left).rejects.toThrow('changed my mind');
  expect(await nameOf(project.id)).not.toBe('changed');
});

test('the statement after one that failed unread raises its failure', async () => {
  const notified = transact(db.controller, async (tx) => {
    await sql`SELECT pg_notify('kiln_build', ${TOO_LONG})`.execute(tx);
    await sql`SELECT 1`.execute(tx);
  });
  await expect(notified).rejects.toMatchObject({ detail: expect.stringMatching(NOT_SENT) });
});

test('nothing is committed when the last statement failed unread', async () => {
  const project = await aProject(db, await aTenant(db));
  const notified = transact(db.controller, async (tx) => {
    await tx.updateTable('projects').set({ name: 'changed' }).where('id', '=', project.id).execute();
    await sql`SELECT pg_notify('kiln_build', ${TOO_LONG})`.execute(tx);
  });

  await expect(notified).rejects.toMatchObject({ detail: expect.stringMatching(NOT_SENT) });
  expect(await nameOf(project.id)).not.toBe('changed');
});

async function nameOf(projectId: string): Promise<string> {
  const { name } = await db.admin
    .selectFrom('projects')
    .select('name')
    .where('id', '=', projectId)
    .executeTakeFirstOrThrow();
  return name;
}
