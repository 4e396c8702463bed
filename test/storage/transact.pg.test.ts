import { sql } from 'kysely';
import { openDatabase } from '../../src/storage/database.js';
import { createTokenStore } from '../../src/storage/identity/token-store.js';
import { createProjectStore } from '../../src/storage/identity/project-store.js';
import { transact } from '../../src/storage/transact.js';
import { aProject, aTenant } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

test('two transactions that block each other both succeed', async () => {
  const tenant = await aTenant(db);
  const [one, two] = [await aProject(db, tenant), await aProject(db, tenant)];
  const rename = (first: string, second: string) =>
    transact(db.controller, async (tx) => {
      for (const id of [first, second]) {
        await tx.updateTable('projects').set({ name: 'x' }).where('id', '=', id).execute();
        await sql`SELECT pg_sleep(0.1)`.execute(tx);
      }
    });

  await Promise.all([rename(one.id, two.id), rename(two.id, one.id)]);
});

test('a database that is not there is said to be unavailable', async () => {
  const gone = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none' });
  const tenant = { tenantId: '00000000-0000-4000-8000-000000000000', userId: null };

  await expect(createTokenStore(gone).resolveApiToken('kiln_x')).rejects.toMatchObject({
    code: 'unavailable',
  });
  await expect(createProjectStore(gone).get(tenant, 'x')).rejects.toMatchObject({ code: 'unavailable' });
  await gone.destroy();
});

test('a connection that is cut inside a transaction is said to be unavailable, and the next one works', async () => {
  const cut = transact(db.controller, async (tx) => {
    const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(tx);
    await sql`SELECT pg_terminate_backend(${rows[0]?.pid})`.execute(db.admin);
    await sql`SELECT pg_sleep(1)`.execute(tx);
  });

  await expect(cut).rejects.toMatchObject({ code: 'unavailable' });
  await transact(db.controller, (tx) => sql`SELECT 1`.execute(tx));
});

test('a number that JavaScript cannot hold is an error and not another number', async () => {
  const safe = await sql<{ n: number }>`SELECT 9007199254740991::int8 AS n`.execute(db.admin);
  expect(safe.rows).toEqual([{ n: Number.MAX_SAFE_INTEGER }]);
  await expect(sql`SELECT 9007199254740993::int8 AS n`.execute(db.admin)).rejects.toMatchObject({
    code: 'internal',
  });
});

test('a query that is not answered in time gives its connection up, and the next one works', async () => {
  const hasty = openDatabase({ url: db.urls.controller, poolSize: 1, queryTimeoutMs: 1_500 });

  const slow = transact(hasty, (tx) => sql`SELECT pg_sleep(3)`.execute(tx));

  await expect(slow).rejects.toMatchObject({ code: 'unavailable' });
  await transact(hasty, (tx) => sql`SELECT 1`.execute(tx));
  await hasty.destroy();
});

test.each([
  ['too long', (id: string) => sql`UPDATE projects SET slug = repeat('x', 64) WHERE id = ${id}`],
  ['a duplicate', (id: string) => sql`INSERT INTO projects SELECT * FROM projects WHERE id = ${id}`],
])('a value that is %s is refused for good', async (_name, change) => {
  const project = await aProject(db, await aTenant(db));

  const refused = transact(db.controller, (tx) => change(project.id).execute(tx));

  await expect(refused).rejects.toMatchObject({ code: 'invalid_request', rule: { retryable: false } });
});
