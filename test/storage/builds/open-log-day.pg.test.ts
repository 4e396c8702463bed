import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from 'kysely';
import { openLogDay } from '../../../src/storage/builds/open-log-day.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

test('builds that are accepted at the same moment of a new day open it together', async () => {
  const sessions = Array.from({ length: 12 });
  // All sessions have asked once, so that each remembers that there is no such day.
  await Promise.all(
    sessions.map(() => sql`SELECT to_regclass('public.build_logs'), pg_sleep(0.2)`.execute(db.api)),
  );
  for (let round = 0; round < 5; round += 1) {
    const days = await Promise.all(sessions.map(() => openLogDay(db.api)));
    expect(new Set(days).size).toBe(1);
    await sql.raw(`DROP TABLE build_logs_${days[0]!.replaceAll('-', '')}`).execute(db.admin);
  }
});
