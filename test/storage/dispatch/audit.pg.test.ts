import { sql } from 'kysely';
import type { BuildStart } from '../../../src/ports/dispatch.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createAudit } from '../../../src/storage/dispatch/audit.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { aBuild, aProject, aRunningBuild, aTenant } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

test('the builds without an end are listed by page, the young ones left out', async () => {
  const audit = createAudit(db.controller);
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const over = await aBuild(db, tenant, project.id);
  await createRecorder(db.controller).record(over.id, null, { kind: 'queue_timeout' });
  const young = await aBuild(db, tenant, project.id);
  const open = [await aBuild(db, tenant, project.id), await aBuild(db, tenant, project.id)];
  await sql`UPDATE builds SET created_at = created_at - interval '1 day'
    WHERE project_id = ${project.id} AND id <> ${young.id}`.execute(db.controller);

  const seen: BuildStart[] = [];
  for (let after: string | null = null; ; after = seen.at(-1)!.buildId) {
    const page = await audit.openBuilds(3_600_000, after, 1);
    if (page.length === 0) break;
    seen.push(...page);
  }

  const expected = open.map((build) => ({
    buildId: build.id,
    tenantId: tenant.tenantId,
    projectId: project.id,
    project: project.slug,
    method: 'buildx',
    buildNumber: build.build_number,
    firstBuildId: null,
  }));
  expect(seen).toEqual(expected.sort((a, b) => (a.buildId < b.buildId ? -1 : 1)));
});

test('builds that ended and were not cleaned up after are listed; one that cannot be is given up in time', async () => {
  const audit = createAudit(db.controller);
  const dispatcher = createDispatcher(db.controller);
  const recorder = createRecorder(db.controller);
  const ended = async () => {
    const { build } = await aRunningBuild(db);
    await recorder.record(build.id, null, { kind: 'abandoned' });
    return build.id;
  };
  const { build: running } = await aRunningBuild(db);
  const [pending, failed, cleaned] = [await ended(), await ended(), await ended()];
  await dispatcher.recordCleanup(failed, 'failed');
  await dispatcher.recordCleanup(cleaned, 'completed');
  const list = async (olderThanMs: number, giveUpMs: number) =>
    audit.uncleanBuilds({ olderThanMs, giveUpMs }, null, 100);

  const due = await list(0, 60_000);
  expect(due).toEqual(expect.arrayContaining([pending, failed]));
  expect(due).not.toContain(running.id);
  expect(due).not.toContain(cleaned);
  expect(await list(0, 0)).toEqual([pending]);
  expect(await list(60_000, 60_000)).toEqual([]);
  expect(await audit.uncleanBuilds({ olderThanMs: 0, giveUpMs: 60_000 }, due[0]!, 1)).toEqual(
    due.slice(1, 2),
  );
});

test('of running workflows those are told that have no build, and those whose build ended long enough ago', async () => {
  const audit = createAudit(db.controller);
  const { build: running } = await aRunningBuild(db);
  const { build: over } = await aRunningBuild(db);
  await createRecorder(db.controller).record(over.id, null, { kind: 'abandoned' });
  const nobody = '00000000-0000-4000-8000-00000000dead';
  const ids = [running.id, over.id, nobody, 'no-id'];

  expect(await audit.withoutRow(ids, 0)).toEqual({ ended: [over.id], unknown: [nobody, 'no-id'] });
  expect(await audit.withoutRow(ids, 60_000)).toEqual({ ended: [], unknown: [nobody, 'no-id'] });
});

test('a lease that a build has kept beyond its end is found, and giving it back frees its slot', async () => {
  const audit = createAudit(db.controller);
  const { build, lease, worker } = await aRunningBuild(db);
  await aRunningBuild(db);
  await sql`UPDATE builds SET status = 'failed', completed_at = clock_timestamp() WHERE id = ${build.id}`.execute(
    db.controller,
  );

  expect(await audit.ownerlessLeases(60_000, 10)).toEqual([]);
  const found = await audit.ownerlessLeases(0, 10);
  expect(found).toEqual([lease]);
  await createDispatcher(db.controller).release(found[0]!);
  expect(await audit.ownerlessLeases(0, 10)).toEqual([]);
  expect(await slotsOf(worker.workerId)).toBe(0);
});

test('a host that counts its leases wrong is counted again, the others are left alone', async () => {
  const audit = createAudit(db.controller);
  const { worker } = await aRunningBuild(db);
  expect(await audit.recountSlots()).toEqual([]);
  await sql`UPDATE build_workers SET current_builds_count = 2 WHERE id = ${worker.workerId}`.execute(
    db.admin,
  );

  expect(await audit.recountSlots()).toEqual([worker.name]);
  expect(await slotsOf(worker.workerId)).toBe(1);
  expect(await audit.recountSlots()).toEqual([]);
});

async function slotsOf(workerId: string): Promise<number> {
  const row = await db.controller
    .selectFrom('build_workers')
    .select('current_builds_count')
    .where('id', '=', workerId)
    .executeTakeFirstOrThrow();
  return row.current_builds_count;
}
