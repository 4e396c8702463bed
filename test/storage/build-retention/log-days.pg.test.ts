import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { seedOldBuilds } from '../../../bench/old-builds.mjs';
import type { BuildPruner } from '../../../src/ports/build-retention.js';
import { createBuildPruner } from '../../../src/storage/build-retention/build-pruner.js';
import { createBuildRetentionStore } from '../../../src/storage/build-retention/build-retention-store.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { appendLog } from '../../../src/storage/dispatch/append-log.js';
import { checkLogs } from '../../../src/storage/verify/log-checks.js';
import { aRunningBuild } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

const DAYS = 12;
type Seeded = { tenantId: string; projectId: string };

let db: FreshDatabase;
let one: Seeded;
let other: Seeded;
let beside: Seeded;
beforeAll(async () => {
  db = await freshDatabase();
});
/** Two projects of one tenant and one of another, all with builds on the same days; nothing is to go. */
beforeEach(async () => {
  await sql`UPDATE build_retentions SET log_days = 36500`.execute(db.admin);
  one = await seedOldBuilds(db.admin, { builds: 240, days: DAYS });
  other = await seedOldBuilds(db.admin, { builds: 240, days: DAYS });
  beside = await seedOldBuilds(db.admin, { builds: 240, days: DAYS, tenantId: one.tenantId });
}, 60_000);
afterAll(() => db.close());

const tenantOf = ({ tenantId }: Seeded) => ({ tenantId, userId: null }) as never;
const keepLogs = (of: Seeded, projectId: string | null, days: number) =>
  createBuildRetentionStore(db.api, { installationLogDays: null }).change(tenantOf(of), projectId, {
    log_days: days,
  });

async function removeAll(pruner: BuildPruner): Promise<void> {
  while (!(await pruner.removeSomeLogs()));
}
const pruner = (installationLogDays: number | null = null) =>
  createBuildPruner(db.controller, { installationLogDays });

/** How long ago, in whole UTC days, the days are of which chunks of the project are stored. */
async function daysStored({ projectId }: Seeded): Promise<number[]> {
  const { rows } = await sql<{ ago: number }>`
    SELECT DISTINCT (now() AT TIME ZONE 'utc')::date - l.build_day AS ago
    FROM build_logs l JOIN builds b ON b.id = l.build_id WHERE b.project_id = ${projectId} ORDER BY ago`.execute(
    db.admin,
  );
  return rows.map(({ ago }) => ago);
}
async function partitions(): Promise<number[]> {
  const { rows } = await sql<{ ago: number }>`
    SELECT (now() AT TIME ZONE 'utc')::date - to_date(right(inhrelid::regclass::text, 8), 'YYYYMMDD') AS ago
    FROM pg_inherits WHERE inhparent = 'build_logs'::regclass ORDER BY ago`.execute(db.admin);
  return rows.map(({ ago }) => ago);
}
const upTo = (days: readonly number[], most: number): number[] => days.filter((ago) => ago <= most);

test('nothing goes that nobody has said', async () => {
  const before = await daysStored(one);
  await removeAll(pruner());
  expect(await daysStored(one)).toEqual(before);
  expect(await partitions()).toEqual(expect.arrayContaining(before));
});

test('logs that one project lets go are deleted from days that others keep, and its builds say since when and why', async () => {
  const [ofOne, ofOther, ofBeside] = [
    await daysStored(one),
    await daysStored(other),
    await daysStored(beside),
  ];
  await keepLogs(one, one.projectId, 5);

  await removeAll(pruner());

  expect(await daysStored(one)).toEqual(upTo(ofOne, 5));
  expect(await daysStored(other)).toEqual(ofOther);
  expect(await daysStored(beside)).toEqual(ofBeside);
  const byNumber = async (number: number) => {
    const { id } = await db.admin
      .selectFrom('builds')
      .select('id')
      .where('project_id', '=', one.projectId)
      .where('build_number', '=', number)
      .executeTakeFirstOrThrow();
    return createBuildStore(db.api).get(tenantOf(one), id);
  };
  const { id, removal } = await byNumber(1);
  expect((await byNumber(240)).removal).toBeNull();
  expect(removal).toEqual({
    what: 'log',
    removed_at: expect.any(String),
    because: 'logs are kept for 5 days',
  });
  const { rows } = await sql<{ available: number }>`
    SELECT count(*) FILTER (WHERE is_available) AS available FROM build_artifacts WHERE build_id = ${id} AND artifact_type = 'build_log'`.execute(
    db.admin,
  );
  expect(rows).toEqual([{ available: 0 }]);
});

test('a day goes as a whole when every project has let it go, each by the first place that says how long', async () => {
  const before = await partitions();
  await sql`DELETE FROM removed_log_days`.execute(db.admin);
  await sql`DELETE FROM build_retentions`.execute(db.admin);
  await keepLogs(one, null, 6);
  await keepLogs(one, beside.projectId, 8);

  await removeAll(pruner(4));

  expect(await partitions()).toEqual(upTo(before, 8));
  expect(await daysStored(one)).toEqual(upTo(await daysStored(one), 6));
  expect(await daysStored(other)).toEqual(upTo(await daysStored(other), 4));
  expect(await daysStored(beside)).toContain(8);
  const found = await db.controller.transaction().execute((tx) => checkLogs(tx, true));
  expect(found.map(({ name, wrong }) => [name, wrong])).toEqual([
    ['log_chunks', 0],
    ['log_hashes', 0],
  ]);
  const left = await sql`SELECT FROM removed_log_days WHERE deleted_at IS NULL`.execute(db.admin);
  expect(left.rows).toEqual([]);
});

test('a day with a build that is not over stays until it is, and takes its chunks', async () => {
  await sql`DELETE FROM build_retentions`.execute(db.admin);
  const [day = ''] = (
    await sql<{
      build_day: string;
    }>`SELECT min(build_day)::date AS build_day FROM builds WHERE project_id = ${one.projectId}`.execute(
      db.admin,
    )
  ).rows.map((row) => row.build_day);
  const open = sql`(SELECT id FROM builds WHERE project_id = ${one.projectId} AND build_day = ${day}::date LIMIT 1)`;
  await db.admin.transaction().execute(async (tx) => {
    await sql`SET LOCAL session_replication_role = replica`.execute(tx);
    await sql`UPDATE builds SET status = 'in_progress', completed_at = NULL WHERE id = ${open}`.execute(tx);
  });

  await removeAll(pruner(3));

  const kept =
    await sql`SELECT FROM build_logs WHERE build_day = ${day}::date AND build_id = ANY(SELECT id FROM builds WHERE project_id = ${one.projectId})`.execute(
      db.admin,
    );
  expect(kept.rows.length).toBeGreaterThan(0);
  expect(Math.max(...(await daysStored(other)))).toBeLessThanOrEqual(3);
  await sql`UPDATE builds SET status = 'failed', completed_at = now() WHERE status = 'in_progress'`.execute(
    db.admin,
  );
  await removeAll(pruner(3));
  expect(Math.max(...(await partitions()))).toBeLessThanOrEqual(3);
});

test('a drop waits for nobody who uses the log, and comes when he has left', async () => {
  await sql`DELETE FROM build_retentions`.execute(db.admin);
  let left = false;
  const reading = db.api.transaction().execute(async (tx) => {
    await sql`SELECT count(*) FROM build_logs`.execute(tx);
    await sleep(1_500);
    left = true;
  });
  await sleep(100);
  await removeAll(pruner(3));
  expect(left).toBe(true);
  await reading;
  expect(Math.max(...(await partitions()))).toBeLessThanOrEqual(3);
});

test('a late chunk for a day that has gone is refused with why, and no day is made again for it', async () => {
  const { holder, lease } = await aRunningBuild(db);
  await sql`UPDATE builds SET build_day = '2020-01-01' WHERE id = ${holder.buildId}`.execute(db.admin);
  const chunk = {
    ...{ chunk: 0, step_number: null, log_level: 'INFO' as const, logged_at: new Date().toISOString() },
    ...{ first_line: 1, line_count: 1, offset_bytes: 0, size_bytes: 2 },
    content_base64: Buffer.from('a\n').toString('base64'),
  };
  await expect(appendLog(db.api, holder, lease.fence, [chunk])).rejects.toMatchObject({
    code: 'log_removed',
  });
  await expect(sql`SELECT ensure_log_partition('2020-01-01')`.execute(db.api)).rejects.toThrow(
    'days around today',
  );
  await expect(sql`SELECT drop_log_partition(current_date - 1)`.execute(db.controller)).rejects.toThrow(
    'may still be written',
  );
});
