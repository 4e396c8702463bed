import { sql } from 'kysely';
import { createBadgeStore } from '../../../src/storage/identity/badge-store.js';
import { aRunningBuild } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

test('a badge says how the newest build of a branch has ended, to who has its address', async () => {
  const running = await aRunningBuild(db);
  const { tenant, project } = running;
  const badges = createBadgeStore(db.api);
  const { token } = await badges.switchOn(tenant, project.id);
  expect(await badges.read(token, project.slug, null)).toEqual({ status: null });
  await sql`UPDATE builds SET status = 'failed', completed_at = now(), branch = 'main' WHERE id = ${running.build.id}`.execute(
    db.controller,
  );
  expect(await badges.read(token, project.slug, 'main')).toEqual({ status: 'failed' });
  expect(await badges.read(token, project.slug, 'other')).toEqual({ status: null });
  expect(await badges.read(token, 'another-project', null)).toBeNull();
  const newer = await badges.switchOn(tenant, project.id);
  expect(await badges.read(token, project.slug, null)).toBeNull();
  await badges.switchOff(tenant, project.id);
  expect(await badges.read(newer.token, project.slug, null)).toBeNull();
});
