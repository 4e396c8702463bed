import { sql } from 'kysely';
import { driveQueue, jainIndex, seedQueue, seedWorkers } from '../../../bench/queue-load.mjs';
import { FIRST_OF_QUEUES } from '../../../src/storage/dispatch/queue-heads.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

const TENANTS = 50;
const SLOTS = 20;
const ROUNDS = 6;

let db: FreshDatabase;
let tenants: string[];
beforeAll(async () => {
  db = await freshDatabase();
  tenants = await seedQueue(db.controller, { tenants: TENANTS, builds: 200 });
  await seedWorkers(db.controller, { workers: SLOTS, slots: 1 });
});
afterAll(() => db.close());

interface Lease {
  readonly tenant: string;
  readonly project: string;
  readonly worker: string;
  readonly place: number;
  readonly from: number;
  readonly until: number;
}

/** Every lease that was ever given, in the order of their grants; `place` is that of the build in the line of its tenant. */
async function history(): Promise<Lease[]> {
  const { rows } = await sql<Lease>`
    SELECT l.tenant_id AS tenant, l.project_id AS project, l.worker_id AS worker,
      extract(epoch FROM b.dispatch_at)::float8 AS place,
      extract(epoch FROM l.granted_at)::float8 AS from, coalesce(extract(epoch FROM l.ended_at)::float8, 'infinity') AS until
    FROM leases l JOIN builds b ON b.id = l.build_id ORDER BY l.granted_at, b.dispatch_at`.execute(db.admin);
  return rows;
}

/** The most leases that were valid at one instant, by what `nameOf` gives. */
function mostAtOnce(leases: readonly Lease[], nameOf: (lease: Lease) => string): Map<string, number> {
  const changes = leases
    .flatMap((lease) => [
      { at: lease.from, by: 1, name: nameOf(lease) },
      { at: lease.until, by: -1, name: nameOf(lease) },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  const now = new Map<string, number>();
  const most = new Map<string, number>();
  for (const { by, name } of changes) {
    const count = (now.get(name) ?? 0) + by;
    now.set(name, count);
    most.set(name, Math.max(count, most.get(name) ?? 0));
  }
  return most;
}

function servedOf(leases: readonly Lease[]): number[] {
  return tenants.map((tenant) => leases.filter((lease) => lease.tenant === tenant).length);
}

test('the heads of a long queue come from its index, one look for each queue, also before the table was ever analyzed', async () => {
  const { rows } = await sql<{ 'QUERY PLAN': string }>`EXPLAIN (COSTS OFF) ${FIRST_OF_QUEUES}`.execute(
    db.controller,
  );
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan.match(/Index (Only )?Scan using builds_queue/g)).toHaveLength(2);
  expect(plan).not.toMatch(/Sort|Seq Scan|Bitmap/);
});

test('fifty tenants with 10,000 builds share twenty slots alike, each build in its turn', async () => {
  const grants = TENANTS * ROUNDS;
  await driveQueue(db.controller, createDispatcher(db.controller), { grants });

  const leases = await history();
  const served = servedOf(leases);
  expect(jainIndex(served)).toBeGreaterThanOrEqual(0.99);
  expect(Math.min(...served)).toBeGreaterThanOrEqual(ROUNDS - 1);
  expect(Math.max(...mostAtOnce(leases, ({ worker }) => worker).values())).toBe(1);
  for (const tenant of tenants) {
    const places = leases.filter((lease) => lease.tenant === tenant).map(({ place }) => place);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  }
});

test('tenants with weights get slots in proportion, and one with limits never more than they allow, as long as others wait', async () => {
  const weightOf = (index: number): number => (index === 0 ? 50 : index <= 10 ? 3 : 1);
  const limited = tenants[0]!;
  await sql`
    UPDATE build_concurrency_policies p SET weight = w.weight, max_concurrent_builds = w.most, max_concurrent_per_project = w.project
    FROM unnest(${tenants}::uuid[], ${tenants.map((_, index) => weightOf(index))}::int[],
      ${tenants.map((_, index) => (index === 0 ? 3 : null))}::int[], ${tenants.map((_, index) => (index === 0 ? 2 : null))}::int[])
      AS w(tenant_id, weight, most, project) WHERE p.tenant_id = w.tenant_id`.execute(db.controller);
  await sql`DELETE FROM tenant_shares`.execute(db.admin);
  const before = (await history()).length;

  await driveQueue(db.controller, createDispatcher(db.controller), { grants: 500 });

  const leases = (await history()).slice(before);
  const served = servedOf(leases);
  const shares = served.map((count, index) => count / weightOf(index)).slice(1);
  expect(jainIndex(shares)).toBeGreaterThanOrEqual(0.99);
  expect(mostAtOnce(leases, ({ tenant }) => tenant).get(limited)).toBe(3);
  const ofProject = mostAtOnce(
    leases.filter(({ tenant }) => tenant === limited),
    ({ project }) => project,
  );
  expect(Math.max(...ofProject.values())).toBe(2);
  expect(Math.max(...mostAtOnce(leases, ({ worker }) => worker).values())).toBe(1);
});
