import { sql } from 'kysely';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { createWorkerStore } from '../../../src/storage/workers/worker-store.js';
import {
  aBuild,
  aProject,
  aTenant,
  aWorker,
  controlPlaneIsUp,
  makeOverdue,
  takeUp,
} from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const beat = (workerId: string) =>
  createLeaseGate(db.api).heartbeat(workerId, {
    ...{ slots: 1, methods: ['buildx'], zone: null, labels: {}, disk: null },
  });

/** A host that has lost three builds, one after the other, and is back. */
async function aHostThatLoses() {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const worker = await aWorker(db, { tenantId: tenant.tenantId });
  for (let lost = 0; lost < 3; lost += 1) {
    const build = await aBuild(db, tenant, project.id);
    const answer = await createDispatcher(db.controller).requestLease(build.id);
    if (answer.kind !== 'granted') throw new Error(answer.kind);
    await takeUp(db, worker.workerId, answer.lease);
    // Not to be granted again: each loss is that of another build.
    await sql`UPDATE builds SET cancel_requested_at = now() WHERE id = ${build.id}`.execute(db.controller);
    await controlPlaneIsUp(db);
    await makeOverdue(db, answer.lease.leaseId);
    await createDispatcher(db.controller).expire();
    await beat(worker.workerId);
  }
  return { tenant, worker, build: await aBuild(db, tenant, project.id) };
}

test('a host that loses three builds gets none for a while, and says why; it ends by itself', async () => {
  const { tenant, worker, build } = await aHostThatLoses();
  const shown = await createWorkerStore(db.api).get(tenant, worker.name);
  expect(shown).toMatchObject({ status: 'degraded' });
  expect(shown.refusal).toMatch(/^is in quarantine for another 5 min: it lost 3 builds within 10 min$/);
  expect(await createDispatcher(db.controller).requestLease(build.id)).toMatchObject({ kind: 'waiting' });

  await sql`UPDATE build_workers SET quarantined_until = now() WHERE id = ${worker.workerId}`.execute(
    db.controller,
  );
  await beat(worker.workerId);
  expect(await createDispatcher(db.controller).requestLease(build.id)).toMatchObject({ kind: 'granted' });
});

test('whoever uncordons it ends its quarantine, and its losses count anew', async () => {
  const { tenant, worker, build } = await aHostThatLoses();
  const open = await createWorkerStore(db.api).schedule(
    { ...tenant, isOperator: false },
    worker.name,
    'open',
  );
  expect(open).toMatchObject({ status: 'healthy', refusal: null, quarantined_until: null });
  const answer = await createDispatcher(db.controller).requestLease(build.id);
  if (answer.kind !== 'granted') throw new Error(answer.kind);
  await takeUp(db, worker.workerId, answer.lease);
  await controlPlaneIsUp(db);
  await makeOverdue(db, answer.lease.leaseId);
  await createDispatcher(db.controller).expire();
  expect(await createWorkerStore(db.api).get(tenant, worker.name)).toMatchObject({ quarantined_until: null });
});
