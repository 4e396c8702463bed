import { sql } from 'kysely';
import {
  driveQueue,
  jainIndex,
  seedQueue,
  seedWorkers,
  type ValidLease,
} from '../../../bench/queue-load.mjs';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { FIRST_OF_QUEUES } from '../../../src/storage/dispatch/queue-heads.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

const TENANTS = 50;
const SLOTS = 20;
/** Tenants that build when others may not. */
const BUSY = 15;

let db: FreshDatabase;
let tenants: string[];
beforeAll(async () => {
  db = await freshDatabase();
  tenants = await seedQueue(db.controller, { tenants: TENANTS, builds: 200 });
  await seedWorkers(db.controller, { workers: SLOTS, slots: 1 });
});
afterAll(() => db.close());

/** Leases of so many rounds, each of which is all that were valid at one moment. */
async function drive(rounds: number): Promise<ValidLease[][]> {
  const given: ValidLease[][] = [];
  await driveQueue(db.controller, createDispatcher(db.controller), {
    ...{ rounds, durationMs: 1_000 },
    onRound: (leases) => given.push([...leases]),
  });
  return given;
}

/** The most leases of one round that have the same name. */
function mostAtOnce(
  rounds: readonly (readonly ValidLease[])[],
  nameOf: (lease: ValidLease) => string,
): number {
  return Math.max(
    ...rounds.map((leases) => {
      const names = leases.map(nameOf);
      return Math.max(...names.map((name) => names.filter((other) => other === name).length));
    }),
  );
}

function servedOf(rounds: readonly (readonly ValidLease[])[]): number[] {
  return tenants.map((tenant) => rounds.flat().filter((lease) => lease.tenant === tenant).length);
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
  const rounds = await drive(5);

  const served = servedOf(rounds);
  expect(jainIndex(served)).toBeGreaterThanOrEqual(0.99);
  expect(Math.min(...served)).toBe((5 * SLOTS) / TENANTS);
  expect(mostAtOnce(rounds, ({ worker }) => worker)).toBe(1);
  for (const tenant of tenants) {
    const places = rounds
      .flat()
      .filter((lease) => lease.tenant === tenant)
      .map(({ place }) => place);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  }
});

test('tenants with weights get slots in proportion, and those with limits never more than they allow, however much they are due', async () => {
  const weights = tenants.map((_, index) => (index === 0 ? 50 : index <= 5 ? 3 : 1));
  // The first may have three builds, two of a project; most of the others none.
  const most = tenants.map((_, index) => (index === 0 ? 3 : index < BUSY ? null : 0));
  const ofProject = tenants.map((_, index) => (index === 0 ? 2 : null));
  await sql`
    UPDATE build_concurrency_policies p SET weight = w.weight, max_concurrent_builds = w.most, max_concurrent_per_project = w.project
    FROM unnest(${tenants}::uuid[], ${weights}::int[], ${most}::int[], ${ofProject}::int[])
      AS w(tenant_id, weight, most, project) WHERE p.tenant_id = w.tenant_id`.execute(db.controller);
  await sql`DELETE FROM tenant_shares`.execute(db.admin);

  const rounds = await drive(9);

  const shares = servedOf(rounds).map((count, index) => count / weights[index]!);
  expect(jainIndex(shares.slice(1, BUSY))).toBeGreaterThanOrEqual(0.99);
  expect(shares.slice(BUSY)).toEqual(shares.slice(BUSY).map(() => 0));
  const limited = rounds.map((leases) => leases.filter(({ tenant }) => tenant === tenants[0]));
  // Nobody has used anything at first, and age decides.
  expect(limited.slice(0, 2).every((leases) => leases.length <= 3)).toBe(true);
  expect(limited.slice(2).map((leases) => leases.length)).toEqual(rounds.slice(2).map(() => 3));
  expect(mostAtOnce(limited, ({ project }) => project)).toBe(2);
});
