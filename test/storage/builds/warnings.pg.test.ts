import type { BuildWarning } from '../../../src/domain/builds/warning.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { anOutcome, aRunningBuild, aTenant } from '../../support/builds.js';
import { aLog } from '../../support/log.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const warning = (line: number, message: string): BuildWarning => ({
  foundBy: 'hadolint',
  rule: 'DL3006',
  severity: 'warning',
  line,
  column: 1,
  message,
  link: 'https://example.test/DL3006',
});

test('warnings are kept with the build once, however often its end is told, and shown to its tenant alone', async () => {
  const { tenant, build, holder } = await aRunningBuild(db);
  const gate = createLeaseGate(db.api);
  const builds = createBuildStore(db.api);
  const { chunks, seal } = aLog('one\n');
  await gate.appendLog(holder, 1, chunks);
  const outcome = anOutcome({ warnings: [warning(1, 'first\u0000'), warning(2, 'second')] });

  await gate.finish(holder, 1, outcome, seal);
  await gate.finish(holder, 1, outcome, seal);

  expect(await builds.warnings(tenant, build.id)).toEqual([
    {
      found_by: 'hadolint',
      rule: 'DL3006',
      severity: 'warning',
      line_number: 1,
      column_number: 1,
      message: 'first\ufffd',
      link: 'https://example.test/DL3006',
    },
    expect.objectContaining({ line_number: 2, message: 'second' }),
  ]);
  expect((await builds.get(tenant, build.id)).result.warning_count).toBe(2);
  const other = await aTenant(db);
  await expect(builds.warnings(other, build.id)).rejects.toMatchObject({ code: 'not_found' });
  const row = await db.controller
    .selectFrom('attempts')
    .select('outcome')
    .where('build_id', '=', build.id)
    .executeTakeFirstOrThrow();
  expect(row.outcome).not.toHaveProperty('warnings');
});

test('a build that left no warning has none', async () => {
  const { tenant, build } = await aRunningBuild(db);
  const builds = createBuildStore(db.api);
  expect(await builds.warnings(tenant, build.id)).toEqual([]);
  expect((await builds.get(tenant, build.id)).result.warning_count).toBe(0);
});
