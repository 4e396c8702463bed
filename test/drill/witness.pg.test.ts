import pg from 'pg';
import type { DrillDatabase } from '../../drill/database.js';
import { installWitness } from '../../drill/witness.js';
import { createRecorder } from '../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../src/storage/dispatch/dispatcher.js';
import { anOutcome, aRunningBuild, finish } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

let db: FreshDatabase;
let client: pg.Client;
beforeAll(async () => {
  db = await freshDatabase();
  client = new pg.Client(db.urls.admin);
  await client.connect();
  const query = async (text: string): Promise<unknown[]> => (await client.query(text)).rows as unknown[];
  await installWitness({ query } as Pick<DrillDatabase, 'query'>);
});
afterAll(async () => {
  await client.end();
  await db.close();
});

/** Of each tag that was witnessed, whether its lease was valid. */
async function tagsOf(buildId: string): Promise<boolean[]> {
  const { rows } = await client.query<{ is_held: boolean }>(
    `SELECT is_held FROM drill.effects WHERE kind = 'tag' AND build_id = $1 ORDER BY number`,
    [buildId],
  );
  return rows.map(({ is_held: isHeld }) => isHeld);
}

test('the record of a success whose lease is over moves no tag, and one that is moved without a lease is noticed', async () => {
  const { build, lease, holder } = await aRunningBuild(db, { destinations: ['r:5000/app:1'] });
  const recorder = createRecorder(db.controller);
  await finish(db, holder, anOutcome());
  await recorder.moveTags(lease, () => Promise.resolve());
  expect(await tagsOf(build.id)).toEqual([true]);

  await createDispatcher(db.controller).loseAttempt(lease);
  expect(await recorder.record(build.id, lease, { kind: 'published' })).toMatchObject({ status: 'success' });
  const { rows } = await client.query(`SELECT image_id FROM image_tags WHERE build_id = $1`, [build.id]);
  expect(rows).toEqual([{ image_id: expect.any(String) as string }]);
  expect(await tagsOf(build.id)).toEqual([true]);

  await client.query(`UPDATE image_tags SET moved_at = moved_at + interval '1 s' WHERE build_id = $1`, [
    build.id,
  ]);
  expect(await tagsOf(build.id)).toEqual([true, false]);
});

test('a host that is put in quarantine is noticed, once, with the reason', async () => {
  const { lease } = await aRunningBuild(db, {});
  const quarantine = (until: string, reason: string | null) =>
    client.query(
      `UPDATE build_workers SET quarantined_until = ${until}, quarantine_reason = $2
       WHERE id = (SELECT worker_id FROM leases WHERE id = $1)`,
      [lease.leaseId, reason],
    );
  await quarantine(`now() + interval '1 min'`, 'it lost 5 builds');
  await client.query(`UPDATE build_workers SET last_heartbeat = now()`);
  await quarantine('NULL', null);
  const { rows } = await client.query(`SELECT reason FROM drill.quarantines`);
  expect(rows).toEqual([{ reason: 'it lost 5 builds' }]);
});
