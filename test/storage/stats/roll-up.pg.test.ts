import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { RollUp } from '../../../src/ports/stats.js';
import { openDatabase } from '../../../src/storage/database.js';
import { createTenantStore } from '../../../src/storage/identity/tenant-store.js';
import { createRollUp } from '../../../src/storage/stats/roll-up.js';
import { createStatsStore } from '../../../src/storage/stats/stats-store.js';
import { aProject, aRunningBuild, aTenant, aWorker } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { type Place, randomBuilds, randomFrom, writeEnded, writeWaiting } from './random-builds.js';
import { type KnownBuild, recount, recountCacheUse, recountOutcomes } from './recount.js';

const BATCH = 125;
let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

async function aPlace(
  zone = 'UTC',
): Promise<Place & { worker: string; tenant: { tenantId: string; userId: string } }> {
  const tenant = await aTenant(db);
  await createTenantStore(db.api).setZone(tenant, zone);
  const { workerId, name: worker } = await aWorker(db);
  const { id } = await aProject(db, tenant);
  return { tenant, tenantId: tenant.tenantId, projectId: id, workerId, worker, first: 1 };
}

async function countAll(rollUp: RollUp): Promise<void> {
  while ((await rollUp.spreadChanges(40)) > 0);
  while ((await rollUp.countNextDay()) !== null);
}

/** The rows of a tenant, without what only the roll-up itself needs. */
async function rolledUp({ tenantId }: Place): Promise<unknown[]> {
  const rows = await db.controller
    .selectFrom('build_performance_daily')
    .select(['date', 'total_builds', 'successful', 'failed', 'cancelled', 'average_duration_seconds'])
    .select(['median_queue_wait_seconds', 'failure_rate_percent', 'most_common_failure'])
    .select(['kaniko_count', 'buildx_count', 'container_count', 'packer_count', 'paketo_count'])
    .select('max_concurrent_at_peak')
    .where('tenant_id', '=', tenantId)
    .orderBy('date')
    .execute();
  return rows;
}

/** Those of the only project, which are those of all projects. */
async function outcomesOf({ tenantId }: Place): Promise<Record<string, number[]>> {
  const rows = await db.controller
    .selectFrom('build_outcomes_daily')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .execute();
  const [ofAll, ofProject] = [true, false].map((isOfAll) =>
    Object.fromEntries(
      rows
        .filter((row) => (row.project_id === null) === isOfAll)
        .map((row) => [
          `${row.date} ${row.outcome_kind} ${row.name}`,
          [row.total_builds, row.successful, row.failed, row.cancelled],
        ]),
    ),
  );
  expect(ofAll).toEqual(ofProject);
  return ofAll!;
}

async function cacheUseOf({ tenantId }: Place): Promise<Record<string, number[]>> {
  const rows = await db.controller
    .selectFrom('cache_use_daily')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .execute();
  return Object.fromEntries(
    rows.map((row) => [row.date, [row.steps, row.cached_steps, row.layers, row.reused_layers]]),
  );
}

/** Writes builds in a random order, a third of them late: they are accepted first and end when all the others have. */
async function arrive(
  place: Place,
  builds: readonly KnownBuild[],
  seed: number,
  between: () => Promise<void>,
) {
  const random = randomFrom(seed);
  const order = builds.map((build) => ({ build, at: random() })).sort((a, b) => a.at - b.at);
  const late: (() => Promise<void>)[] = [];
  for (let index = 0; index < order.length; index += BATCH) {
    const batch = order.slice(index, index + BATCH).map(({ build }) => build);
    const here = { ...place, first: index + 1 };
    if (random() < 0.35) late.push(await writeWaiting(db.controller, here, batch));
    else await writeEnded(db.controller, here, batch);
    await between();
  }
  for (const end of late) {
    await end();
    await between();
  }
}

const CHANGES = [
  ['Europe/Berlin', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00:00Z'],
  ['America/New_York', '2026-11-01T06:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
] as const;

test('10,000 random builds over changes of the clock, many late, counted by three at once of whom some are killed, are what a recount says', async () => {
  const url = new URL(db.urls.controller);
  const pools = ['one', 'two', 'victim'].map((name) =>
    openDatabase({ url: url.href, poolSize: 1, applicationName: `roll-up ${name}` }),
  );
  let isOver = false;
  const rounds = pools.map(async (pool) => {
    const rollUp = createRollUp(pool);
    while (!isOver) {
      await countAll(rollUp).catch(() => undefined);
      await sleep(20);
    }
  });
  let kills = 0;
  const kill = async (): Promise<void> => {
    const { rows } = await sql<{ killed: boolean }>`
      SELECT pg_terminate_backend(pid) AS killed FROM pg_stat_activity
      WHERE application_name = 'roll-up victim' AND state <> 'idle'`.execute(db.admin);
    kills += rows.length;
  };
  const places = await Promise.all(CHANGES.map(([zone]) => aPlace(zone)));
  const builds = CHANGES.map(([, at], index) => randomBuilds(index + 1, 2_500, Date.parse(at)));
  await Promise.all(places.map((place, index) => arrive(place, builds[index] ?? [], index + 11, kill)));
  isOver = true;
  await Promise.all(rounds);
  await countAll(createRollUp(db.controller));
  await Promise.all(pools.map((pool) => pool.destroy()));

  expect(kills).toBeGreaterThan(0);
  for (const [index, [zone]] of CHANGES.entries()) {
    const [place, known] = [places[index]!, builds[index]!];
    expect(await rolledUp(place)).toEqual(recount(zone, known));
    expect(await outcomesOf(place)).toEqual(recountOutcomes(zone, place.worker, known));
    expect(await cacheUseOf(place)).toEqual(recountCacheUse(zone, known));
  }
  const left = await sql`SELECT FROM uncounted_spans UNION ALL SELECT FROM uncounted_days`.execute(
    db.controller,
  );
  expect(left.rows).toEqual([]);
}, 300_000);

test('a change of the zone has all days counted by its midnights, and leaves none of the zone before', async () => {
  const place = await aPlace('Pacific/Kiritimati');
  const stats = createStatsStore(db.api);
  const builds = randomBuilds(77, 400, Date.parse('2026-04-04T15:00:00Z'));
  await writeEnded(db.controller, place, builds);
  await countAll(createRollUp(db.controller));
  expect(await rolledUp(place)).toEqual(recount('Pacific/Kiritimati', builds));

  await createTenantStore(db.api).setZone(place.tenant, 'Australia/Lord_Howe');
  const range = { from: '2026-03-25', until: '2026-04-15' };
  expect((await stats.days(place.tenant, { range, projectId: null })).isCurrent).toBe(false);
  await countAll(createRollUp(db.controller));
  expect(await rolledUp(place)).toEqual(recount('Australia/Lord_Howe', builds));
  expect(await outcomesOf(place)).toEqual(recountOutcomes('Australia/Lord_Howe', place.worker, builds));
  expect(await cacheUseOf(place)).toEqual(recountCacheUse('Australia/Lord_Howe', builds));
  expect((await stats.days(place.tenant, { range, projectId: null })).isCurrent).toBe(true);
});

test('the days of a project are counted as those of a tenant that has nothing else', async () => {
  const place = await aPlace('Europe/Berlin');
  const other = await aProject(db, place.tenant);
  const [ours, theirs] = [3, 4].map((seed) => randomBuilds(seed, 200, Date.parse('2026-10-25T01:00:00Z')));
  await writeEnded(db.controller, place, ours!);
  await writeEnded(db.controller, { ...place, projectId: other.id }, theirs!);
  const stats = createStatsStore(db.api);
  const range = { from: '2026-10-15', until: '2026-11-05' };
  const alone = await aPlace('Europe/Berlin');
  await writeEnded(db.controller, alone, ours!);
  await countAll(createRollUp(db.controller));
  const { days } = await stats.days(place.tenant, { range, projectId: place.projectId });
  const whole = await stats.days(alone.tenant, { range, projectId: null });
  expect(days).toEqual(whole.days);
  expect(days.length).toBeGreaterThan(0);
});

test('an attempt that was open has all days counted again until now, whenever its end says it was', async () => {
  const { build, tenant } = await aRunningBuild(db);
  await countAll(createRollUp(db.controller));
  await sql`UPDATE attempts SET started_at = now() - interval '5 days', ended_at = now() - interval '4 days',
      ended_reason = 'failed', log_sealed_at = now(), log_note = 'none' WHERE build_id = ${build.id}`.execute(
    db.controller,
  );
  const { rows } = await sql<{ isUntilNow: boolean; days: number }>`
    SELECT max(ended_at) > now() - interval '1 minute' AS "isUntilNow", extract(day FROM max(ended_at) - min(began_at))::int AS days
    FROM uncounted_spans WHERE tenant_id = ${tenant.tenantId}`.execute(db.controller);
  expect(rows).toEqual([{ isUntilNow: true, days: 5 }]);
  await countAll(createRollUp(db.controller));
});

test('what is committed while its day is being counted is counted after it', async () => {
  const place = await aPlace();
  const [first, second] = randomBuilds(5, 2, Date.parse('2026-06-01T12:00:00Z')).map((build) => ({
    ...build,
    createdMs: Date.parse('2026-06-01T12:00:00Z'),
    ...{ attempts: [], steps: [0, 0] as const },
  }));
  await writeEnded(db.controller, place, [first!]);
  const rollUp = createRollUp(db.controller);
  await rollUp.spreadChanges(100);
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  // Somebody has taken the day and counts it, as long as this transaction lasts.
  const slow = db.controller.transaction().execute(async (tx) => {
    await sql`DELETE FROM uncounted_days WHERE tenant_id = ${place.tenantId}`.execute(tx);
    begin();
    await finished;
  });
  await begun;
  await writeEnded(db.controller, { ...place, first: 2 }, [second!]);
  const spread = rollUp.spreadChanges(100);
  expect(await rollUp.countNextDay()).toBeNull();
  finish();
  await Promise.all([slow, spread]);
  await countAll(rollUp);
  expect(await rolledUp(place)).toMatchObject([{ total_builds: 2 }]);
});
