import { sql } from 'kysely';
import { openChangeFeed } from '../../src/storage/change-feed.js';
import { createRecorder } from '../../src/storage/builds/recorder.js';
import { createLeaseGate } from '../../src/storage/dispatch/lease-gate.js';
import { aFailure, aRunningBuild, aStep, finish } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const NEVER_MS = 3_600_000;

function nextRing(subscribe: (ring: () => void) => () => void): Promise<void> {
  return new Promise((resolve) => {
    const stop = subscribe(() => {
      stop();
      resolve();
    });
  });
}

test('a listener hears of its build and not of another', async () => {
  const feed = openChangeFeed({ url: db.urls.api, fallbackMs: NEVER_MS });
  await nextRing((ring) => feed.onOutbox(ring));
  const heard: string[] = [];
  feed.onBuildChange('mine', () => heard.push('mine'));
  feed.onBuildChange('other', () => heard.push('other'));

  const rung = nextRing((ring) => feed.onBuildChange('mine', ring));
  await sql`SELECT pg_notify('kiln_build', 'mine')`.execute(db.controller);
  await rung;

  expect(heard).toEqual(['mine']);
  await feed.close();
});

test('a feed whose connection is killed connects again and rings everybody', async () => {
  const feed = openChangeFeed({ url: db.urls.api, fallbackMs: NEVER_MS });
  await nextRing((ring) => feed.onOutbox(ring));
  const again = nextRing((ring) => feed.onBuildChange('mine', ring));

  await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'kiln change feed'`.execute(db.admin);

  await again;
  const rung = nextRing((ring) => feed.onBuildChange('mine', ring));
  await sql`SELECT pg_notify('kiln_build', 'mine')`.execute(db.controller);
  await rung;
  await feed.close();
});

test('without NOTIFY listeners are rung by the clock', async () => {
  const feed = openChangeFeed({ url: 'postgres://nobody@127.0.0.1:1/none', fallbackMs: 20 });
  await nextRing((ring) => feed.onBuildChange('mine', ring));
  await nextRing((ring) => feed.onPool(ring));
  await feed.close();
});

test('every change of a build rings for its readers', async () => {
  const { build, lease, holder } = await aRunningBuild(db);
  const feed = openChangeFeed({ url: db.urls.api, fallbackMs: 3_600_000 });
  await new Promise<void>((resolve) => feed.onOutbox(resolve));
  let rings = 0;
  const stop = feed.onBuildChange(build.id, () => (rings += 1));
  const settled = () => new Promise((resolve) => setTimeout(resolve, 100));

  for (const change of [
    () => createLeaseGate(db.api).putSteps(holder, 1, [aStep(1)]),
    () => finish(db, holder, aFailure()),
    () => createRecorder(db.controller).record(build.id, lease, { kind: 'run_failed' }),
  ]) {
    const before = rings;
    await change();
    await expect.poll(() => rings, { interval: 5 }).toBeGreaterThan(before);
    await settled();
  }
  stop();
  await sql`SELECT pg_notify('kiln_build', ${build.id})`.execute(db.api);
  const before = rings;
  await settled();
  expect(rings).toBe(before);
  await feed.close();
});
