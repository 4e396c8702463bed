import { sql } from 'kysely';
import type { Tx } from '../../../src/storage/database.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { snapshot } from '../../../src/storage/transact.js';
import { checkRows } from '../../../src/storage/verify/check-rows.js';
import { checkSchema } from '../../../src/storage/verify/schema-checks.js';
import { aGrantedBuild, anImage, anOutcome, aRunningBuild, finish } from '../../support/builds.js';
import { aHeldBuild } from '../gates/a-held-build.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
  const { build, lease, holder } = await aRunningBuild(db, { destinations: ['registry.local:5000/app:1'] });
  await finish(db, holder, anOutcome({ image: anImage('one') }));
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(lease, () => Promise.resolve());
  await recorder.record(build.id, lease, { kind: 'published' });
  await aRunningBuild(db);
  await aGrantedBuild(db);
  await aHeldBuild(db);
});
afterAll(() => db.close());

const namesOfBroken = (results: readonly { name: string; wrong: number }[]): string[] =>
  results.filter(({ wrong }) => wrong > 0).map(({ name }) => name);

test('nothing is wrong with the rows of a build that ended, one that runs, one that was granted and one that is held', async () => {
  const results = await snapshot(db.controller, (tx) => checkRows(tx, { all: true }));
  expect(results.filter(({ wrong }) => wrong > 0)).toEqual([]);
  expect(await checkSchema(db.admin)).toEqual([
    expect.objectContaining({ name: 'migrations', wrong: 0 }),
    expect.objectContaining({ name: 'row_level_security', wrong: 0 }),
  ]);
});

class Undone extends Error {}

/** What the checks say while the rows are broken; guards and foreign keys look away, and everything is undone. */
async function whenBroken<T>(statement: string, check: (tx: Tx) => Promise<T>): Promise<T> {
  let found: T | undefined;
  await db.admin
    .transaction()
    .execute(async (tx) => {
      await sql`SET LOCAL session_replication_role = replica`.execute(tx);
      const { numAffectedRows } = await sql.raw(statement).execute(tx);
      if (numAffectedRows === 0n) throw new Error('nothing was broken');
      found = await check(tx);
      throw new Undone();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
  return found!;
}

const ENDED = `(SELECT id FROM builds WHERE status = 'success' LIMIT 1)`;

test.each([
  [
    'a second terminal entry in a history',
    `INSERT INTO build_status_history (tenant_id, build_id, from_status, to_status, changed_by_system, changed_at)
     SELECT tenant_id, id, 'success', 'success', true, now() FROM builds WHERE status = 'success'`,
    ['one_end'],
  ],
  [
    'an end without its entry',
    `DELETE FROM build_status_history WHERE to_status = 'success'`,
    ['one_end', 'history'],
  ],
  [
    'an entry that was lost in the middle',
    `DELETE FROM build_status_history WHERE to_status = 'in_progress' AND build_id = ${ENDED}`,
    ['history'],
  ],
  [
    'a build that ended without a result',
    `UPDATE build_results SET status = NULL WHERE build_id = ${ENDED}`,
    ['results'],
  ],
  [
    'a result that says otherwise',
    `UPDATE build_results SET status = 'failed' WHERE build_id = ${ENDED}`,
    ['results'],
  ],
  [
    'a result row that is missing',
    `DELETE FROM build_results WHERE build_id = (SELECT id FROM builds WHERE completed_at IS NULL LIMIT 1)`,
    ['results'],
  ],
  [
    'a success without its image',
    `UPDATE builds SET image_id = NULL WHERE id = ${ENDED}`,
    ['images', 'layer_counters'],
  ],
  [
    'a layer that is not recorded',
    `DELETE FROM image_layers WHERE layer_number = 2`,
    ['images', 'layer_counters'],
  ],
  ['a layer that counts one too many', `UPDATE layer_usage SET used_in_builds_count = 2`, ['layer_counters']],
  [
    'a build number that would be given twice',
    `UPDATE projects SET last_build_number = 0`,
    ['build_numbers'],
  ],
  [
    'an image that was published past its gate',
    `UPDATE build_configs SET gate = '{}' WHERE build_id = ${ENDED}`,
    ['gates'],
  ],
  [
    'a held build whose gate is open',
    `UPDATE build_gates SET gate_status = 'approved', decided_at = now()`,
    ['gates'],
  ],
  [
    'a host that counts a build it does not hold',
    `UPDATE build_workers SET current_builds_count = current_builds_count + 1`,
    ['slots'],
  ],
  ['more leases than slots', `UPDATE build_workers SET concurrent_builds_limit = 0`, ['slots']],
  [
    'a lease of a build that is over',
    `UPDATE leases SET state = 'active' WHERE build_id = ${ENDED}; UPDATE builds SET completed_at = now() - interval '1 hour' WHERE id = ${ENDED}`,
    ['leases'],
  ],
  ['a fence beyond that of the build', `UPDATE builds SET fence = 0 WHERE completed_at IS NULL`, ['fences']],
  ['an attempt that is not counted', `UPDATE builds SET attempt_count = 0 WHERE id = ${ENDED}`, ['attempts']],
  ['a chunk of a sealed log that is missing', `DELETE FROM build_logs`, ['log_chunks', 'log_hashes']],
  [
    'a sealed log whose bytes are others',
    `UPDATE build_logs SET log_content = 'hellO' || chr(10)`,
    ['log_hashes'],
  ],
])('%s is found', async (_what, statement, names) => {
  const results = await whenBroken(statement, (tx) => checkRows(tx, { all: true }));
  expect(namesOfBroken(results)).toEqual(names);
});

test.each([
  ['a table without walls', `ALTER TABLE secrets DISABLE ROW LEVEL SECURITY`],
  ['walls that do not hold for the owner', `ALTER TABLE builds NO FORCE ROW LEVEL SECURITY`],
  ['a table that the api could read as a whole', `DROP POLICY tenant_rows ON uploads`],
  [
    'a partition that can be read past its table',
    `DO $$ BEGIN EXECUTE format('GRANT SELECT ON %I TO kiln_api',
     (SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' LIMIT 1)); END $$`,
  ],
])('%s is found', async (_what, statement) => {
  expect(namesOfBroken(await whenBroken(statement, checkSchema))).toEqual(['row_level_security']);
});

test.each([
  [
    'a migration that has not run',
    `DELETE FROM kysely_migration WHERE name = '003_dispatch'`,
    '003_dispatch has not run',
  ],
  [
    'a migration of a newer Kiln',
    `INSERT INTO kysely_migration VALUES ('900_later', 'now')`,
    '900_later is unknown here',
  ],
])('%s is found', async (_what, statement, text) => {
  const [migrations] = await whenBroken(statement, checkSchema);
  expect(migrations?.examples).toEqual([text]);
});
