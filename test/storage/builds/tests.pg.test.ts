import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestCase, TestReport } from '../../../src/domain/tests/test-report.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import {
  aBuild,
  anOutcome,
  aProject,
  aRunningBuild,
  aTenant,
  aWorker,
  finish,
  takeUp,
} from '../../support/builds.js';
import { aLog } from '../../support/log.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const aCase = (name: string, status: TestCase['status'], change: Partial<TestCase> = {}): TestCase => ({
  ...{ suite: 'cart', className: 'cart.Test', name, status, durationMs: 3, message: null, failedTries: 0 },
  ...change,
});

function aReport(...cases: TestCase[]): TestReport {
  const count = (status: TestCase['status']): number => cases.filter((one) => one.status === status).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    suites: 1,
    durationMs: 12,
    cases,
  };
}

const ALL = { status: null, limit: 100 };

test('test results are kept with the build once, however often its end is told, and shown to its tenant alone', async () => {
  const { tenant, build, holder } = await aRunningBuild(db);
  const gate = createLeaseGate(db.api);
  const builds = createBuildStore(db.api);
  const { chunks, seal } = aLog('one\n');
  await gate.appendLog(holder, 1, chunks);
  const tests = aReport(
    aCase('a', 'failed', { message: 'no\u0000pe', failedTries: 2 }),
    aCase('b', 'passed'),
  );
  const outcome = anOutcome({ tests });

  await gate.finish(holder, 1, outcome, seal);
  await gate.finish(holder, 1, outcome, seal);

  const failed = {
    ...{ suite_name: 'cart', class_name: 'cart.Test', test_name: 'a', status: 'failed' },
    ...{ duration_milliseconds: 3, message: 'no\ufffdpe', failed_tries: 2 },
  };
  expect(await builds.tests(tenant, build.id, ALL)).toEqual({
    report: {
      ...{ attempt: 1, passed_count: 1, failed_count: 1, skipped_count: 0, suite_count: 1 },
      duration_milliseconds: 12,
    },
    items: [failed, expect.objectContaining({ test_name: 'b', status: 'passed', message: null })],
  });
  const narrowed = await builds.tests(tenant, build.id, { status: 'failed', limit: 100 });
  expect(narrowed.items).toEqual([failed]);
  const other = await aTenant(db);
  await expect(builds.tests(other, build.id, ALL)).rejects.toMatchObject({ code: 'not_found' });
  const row = await db.controller
    .selectFrom('attempts')
    .select('outcome')
    .where('build_id', '=', build.id)
    .executeTakeFirstOrThrow();
  expect(row.outcome).not.toHaveProperty('tests');
});

test('an old fence writes no test results', async () => {
  const { tenant, build, holder } = await aRunningBuild(db);
  const { chunks, seal } = aLog('one\n');
  await createLeaseGate(db.api).appendLog(holder, 1, chunks);
  const late = createLeaseGate(db.api).finish(
    holder,
    0,
    anOutcome({ tests: aReport(aCase('a', 'passed')) }),
    seal,
  );
  await expect(late).rejects.toMatchObject({ code: 'stale_fence' });
  expect(await createBuildStore(db.api).tests(tenant, build.id, ALL)).toEqual({ report: null, items: [] });
});

test('ten thousand cases are kept in one transaction', async () => {
  const { tenant, build, holder } = await aRunningBuild(db);
  const cases = Array.from({ length: 10_000 }, (_, at) => aCase(`case ${at}`, 'passed'));
  await finish(db, holder, anOutcome({ tests: aReport(...cases) }));
  const kept = await createBuildStore(db.api).tests(tenant, build.id, { status: null, limit: 10_000 });
  expect(kept.items.at(-1)).toMatchObject({ test_name: 'case 9999' });
  expect(kept.items).toHaveLength(10_000);
});

/** A build of the project from a commit, with these tests. */
async function aTested(
  tenant: TenantContext,
  projectId: string,
  source: string | { commit: string; build_args: Record<string, string> },
  ...cases: TestCase[]
) {
  const { commit, ...options } = typeof source === 'string' ? { commit: source } : source;
  const worker = await aWorker(db, { tenantId: tenant.tenantId, slots: 1 });
  const build = await aBuild(db, tenant, projectId, {
    git: { commit, branch: null, author: null, message: null },
    options,
  });
  const answer = await createDispatcher(db.controller).requestLease(build.id);
  if (answer.kind !== 'granted') throw new Error(answer.kind);
  const { holder } = await takeUp(db, worker.workerId, answer.lease);
  await finish(db, holder, anOutcome({ tests: aReport(...cases) }));
}

test('a test is flaky that passes and fails with one commit, or after another try, or back and forth; a broken one is not', async () => {
  const tenant = await aTenant(db);
  const { id } = await aProject(db, tenant);
  const results = [
    ['c1', 'passed', 'passed', 'passed', 0],
    ['c2', 'failed', 'failed', 'passed', 0],
    ['c2', 'passed', 'passed', 'failed', 1],
    ['c3', 'passed', 'passed', 'failed', 0],
    ['c4', 'passed', 'failed', 'failed', 0],
  ] as const;
  for (const [commit, same, swings, breaks, tries] of results)
    await aTested(
      tenant,
      id,
      commit,
      ...(commit === 'c2' ? [aCase('same commit', same)] : []),
      aCase('swings', commit === 'c2' && same === 'passed' ? 'skipped' : swings),
      ...(commit === 'c2' ? [] : [aCase('breaks', breaks)]),
      aCase('tried again', 'passed', { failedTries: tries }),
      aCase('never runs', 'skipped'),
    );
  for (const [V, status] of [
    ['1', 'passed'],
    ['2', 'failed'],
  ] as const)
    await aTested(tenant, id, { commit: 'c5', build_args: { V } }, aCase('by argument', status));
  const { builds, items } = await createBuildStore(db.api).flakyTests(tenant, id, { builds: 50, limit: 10 });
  expect(builds).toBe(7);
  const told = items.map((one) => [
    one.test_name,
    `${one.failed_count} of ${one.run_count}`,
    one.same_source_count,
    one.retried_count,
    one.flip_count,
    one.last_failed_build_number,
  ]);
  expect(told).toEqual([
    ['same commit', '1 of 2', 1, 0, 1, 2],
    ['tried again', '0 of 5', 0, 1, 0, 3],
    ['swings', '2 of 4', 0, 0, 3, 5],
  ]);
  const newest = await createBuildStore(db.api).flakyTests(tenant, id, { builds: 2, limit: 10 });
  expect(newest).toEqual({ builds: 2, items: [] });
});
