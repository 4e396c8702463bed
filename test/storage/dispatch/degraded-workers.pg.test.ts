import { sql } from 'kysely';
import type { Dispatcher } from '../../../src/ports/dispatch.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { aBuild, aGrantedBuild, controlPlaneIsUp, makeOverdue, takeUp } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
let dispatcher: Dispatcher;
beforeAll(async () => {
  db = await freshDatabase();
  dispatcher = createDispatcher(db.controller);
});
afterAll(() => db.close());

/** Lets a grant run out, `times` times, and goes on to say that it is there. */
async function ignoreGrants(buildId: string, workerId: string, times: number): Promise<void> {
  for (let round = 0; round < times; round += 1) {
    const answer = await dispatcher.requestLease(buildId);
    if (answer.kind !== 'granted') throw new Error(answer.kind);
    await controlPlaneIsUp(db);
    await makeOverdue(db, answer.lease.leaseId);
    await dispatcher.expire();
    await beatOf(workerId);
  }
}

async function statusOf(workerId: string): Promise<string> {
  const row = await db.controller
    .selectFrom('build_workers')
    .select('status')
    .where('id', '=', workerId)
    .executeTakeFirstOrThrow();
  return row.status;
}

const beatOf = (workerId: string) =>
  createLeaseGate(db.api).heartbeat(workerId, {
    slots: 2,
    methods: ['buildx'],
    zone: null,
    labels: {},
    disk: null,
  });

test('a worker that lets three grants in a row run out gets nothing for a minute, whatever its heartbeats say', async () => {
  const { build, worker } = await aGrantedBuild(db);

  await ignoreGrants(build.id, worker.workerId, 3);

  expect(await statusOf(worker.workerId)).toBe('degraded');
  expect(await dispatcher.requestLease(build.id)).toMatchObject({ kind: 'waiting' });

  await sql`UPDATE build_workers SET quarantined_until = quarantined_until - interval '1 minute'
            WHERE id = ${worker.workerId}`.execute(db.controller);
  await beatOf(worker.workerId);
  expect(await dispatcher.requestLease(build.id)).toMatchObject({ kind: 'granted' });
});

test('a grant that is acknowledged in between starts the count anew', async () => {
  const { tenant, build, worker, project } = await aGrantedBuild(db);
  await ignoreGrants(build.id, worker.workerId, 2);
  const third = await dispatcher.requestLease(build.id);
  if (third.kind !== 'granted') throw new Error(third.kind);
  await takeUp(db, worker.workerId, third.lease);
  const other = await aBuild(db, tenant, project.id);

  await ignoreGrants(other.id, worker.workerId, 2);

  expect(await statusOf(worker.workerId)).not.toBe('degraded');
});
