import { sql } from 'kysely';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { transact } from '../../src/storage/transact.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

let db: FreshDatabase;
let one: Database;
beforeAll(async () => {
  db = await freshDatabase();
  one = openDatabase({ url: db.urls.admin, poolSize: 1 });
});
afterAll(async () => {
  await one.destroy();
  await db.close();
});

async function prepared(): Promise<string[]> {
  const { rows } = await sql<{ statement: string }>`SELECT statement FROM pg_prepared_statements`.execute(
    one,
  );
  return rows.map(({ statement }) => statement);
}

test('a statement that comes a second time is prepared, whatever its values, and one that came once is not', async () => {
  for (const value of ['a', 'b', 'c']) {
    const { rows } = await sql<{ found: string }>`SELECT ${value}::text AS found`.execute(one);
    expect(rows).toEqual([{ found: value }]);
  }
  await sql`SELECT ${1}::int AS once`.execute(one);
  expect(await prepared()).toContain('SELECT $1::text AS found');
  expect(await prepared()).not.toContain('SELECT $1::int AS once');
});

test('a failed transaction leaves the statements of the connection usable', async () => {
  const fail = () =>
    transact(one, async (tx) => {
      await sql`SELECT ${1}::int / ${0}::int`.execute(tx);
    });
  for (let i = 0; i < 4; i += 1) await expect(fail()).rejects.toThrow();
  const { rows } = await sql<{ half: number }>`SELECT ${8}::int / ${2}::int AS half`.execute(one);
  expect(rows).toEqual([{ half: 4 }]);
});

test('a table that a migration has changed costs one call, which may be repeated', async () => {
  await sql`CREATE TABLE changing (a int)`.execute(db.admin);
  await sql`INSERT INTO changing VALUES (1)`.execute(db.admin);
  const read = () =>
    transact(one, async (tx) => (await sql`SELECT * FROM changing WHERE a = ${1}`.execute(tx)).rows);
  for (let i = 0; i < 3; i += 1) expect(await read()).toEqual([{ a: 1 }]);
  await sql`ALTER TABLE changing ADD b int`.execute(db.admin);
  await expect(read()).rejects.toMatchObject({ code: 'unavailable' });
  expect(await read()).toEqual([{ a: 1, b: null }]);
});
