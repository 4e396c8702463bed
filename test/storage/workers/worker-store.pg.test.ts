import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { HostOffer } from '../../../src/ports/dispatch.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { addWorker } from '../../../src/storage/identity/add-worker.js';
import { createWorkerStore } from '../../../src/storage/workers/worker-store.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import {
  aBuild,
  aGrantedBuild,
  aName,
  aProject,
  aTenant,
  aWorker,
  controlPlaneIsUp,
  emptyQueue,
  takeUp,
} from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
beforeEach(() => emptyQueue(db));
afterAll(() => db.close());

const store = () => createWorkerStore(db.api);
const gate = () => createLeaseGate(db.api);
const dispatcher = () => createDispatcher(db.controller);
const AN_OFFER: HostOffer = { slots: 1, methods: ['buildx'], zone: null, labels: {}, disk: null };

async function anOwner(isOperator = false) {
  return { ...(await aTenant(db)), isOperator };
}

/** A worker of the tenant's own that waits for a build, and a build that waits for a worker. */
async function aPair() {
  const owner = await anOwner();
  const worker = await aWorker(db, { tenantId: owner.tenantId });
  const build = await aBuild(db, owner, (await aProject(db, owner)).id);
  return { owner, worker, build };
}

test('a worker that is added speaks by its token, and is what its host says', async () => {
  const owner = await anOwner();
  const name = aName('added');
  const { worker, token } = await store().add(owner, { name, isShared: false });
  expect(worker).toMatchObject({ status: 'offline', refusal: 'has never been heard of', is_shared: false });

  const identity = await gate().resolveWorker(token);
  await gate().heartbeat(identity?.workerId ?? '', {
    ...AN_OFFER,
    slots: 3,
    zone: 'eu-1',
    labels: { gpu: 'true' },
    worker_type: 'docker',
    platforms: ['linux/arm64'],
    tool_versions: { runc: '1.3.6' },
    disk: { free_bytes: 5, reserve_bytes: 5, free_inodes: 20_000 },
  });

  expect(await store().get(owner, name)).toMatchObject({
    ...{ id: worker.id, type: 'docker', status: 'healthy', refusal: null, slots: 3, zone: 'eu-1' },
    ...{ labels: { gpu: 'true' }, platforms: ['linux/arm64'], tool_versions: { runc: '1.3.6' } },
    ...{ disk: { free_bytes: 5, reserve_bytes: 5, free_inodes: 20_000 }, builds: [] },
    intervals: [{ state: 'up', ended_at: null }],
  });
});

test('a name is for one worker, whoever has it, until that is removed', async () => {
  const [first, second] = [await anOwner(), await anOwner()];
  const name = aName('name');
  await store().add(first, { name, isShared: false });
  await expect(store().add(second, { name, isShared: false })).rejects.toMatchObject({
    code: 'worker_name_taken',
  });
  await store().remove(first, name, { force: false });
  await expect(store().add(second, { name, isShared: false })).resolves.toBeDefined();
});

test('a tenant sees its own workers and shared ones, and no others', async () => {
  const [mine, other] = [await anOwner(), await anOwner()];
  const own = await aWorker(db, { tenantId: mine.tenantId });
  const shared = await aWorker(db, { methods: [] });
  const foreign = await aWorker(db, { tenantId: other.tenantId });

  const names = (await store().list(mine)).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([own.name, shared.name]));
  expect(names).not.toContain(foreign.name);
  await expect(store().get(mine, foreign.name)).rejects.toMatchObject({ code: 'not_found' });
  for (const isOperator of [false, true]) {
    const owner = { ...mine, isOperator };
    await expect(store().schedule(owner, foreign.name, 'cordoned')).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(store().remove(owner, foreign.name, { force: true })).rejects.toMatchObject({
      code: 'not_found',
    });
  }
});

test('shared workers are changed by the operator alone', async () => {
  const [somebody, operator] = [await anOwner(), await anOwner(true)];
  const { name } = await aWorker(db, { methods: [] });
  await expect(store().schedule(somebody, name, 'cordoned')).rejects.toMatchObject({ code: 'forbidden' });
  await expect(store().remove(somebody, name, { force: false })).rejects.toMatchObject({ code: 'forbidden' });
  await expect(store().add(somebody, { name: aName('s'), isShared: true })).rejects.toMatchObject({
    code: 'forbidden',
  });

  expect(await store().schedule(operator, name, 'cordoned')).toMatchObject({ scheduling: 'cordoned' });
  await store().remove(operator, name, { force: false });
  await expect(store().add(operator, { name, isShared: true })).resolves.toMatchObject({
    worker: { is_shared: true },
  });
});

test('the database itself keeps the workers of others from a tenant, whatever the api asks', async () => {
  const mine = await anOwner();
  const shared = await aWorker(db, { methods: [] });
  const changed = await db.api.transaction().execute(async (tx) => {
    await sql`SELECT set_config('kiln.tenant', ${mine.tenantId}, true)`.execute(tx);
    const { numAffectedRows } = await sql`UPDATE build_workers SET scheduling = 'cordoned'`.execute(tx);
    const tokens = await sql`UPDATE worker_tokens SET revoked_at = now()`.execute(tx);
    return [numAffectedRows, tokens.numAffectedRows];
  });
  expect(changed).toEqual([0n, 0n]);
  expect(await store().get(mine, shared.name)).toMatchObject({ scheduling: 'open' });
});

test.each(['cordoned', 'draining'] as const)(
  'a worker that is %s gets no build until it is open again, and the build says why it waits',
  async (scheduling) => {
    const { owner, worker, build } = await aPair();
    await store().schedule(owner, worker.name, scheduling);
    expect(await dispatcher().requestLease(build.id)).toMatchObject({ kind: 'waiting' });
    const word = scheduling === 'draining' ? 'drained' : scheduling;
    expect((await createBuildStore(db.api).get(owner, build.id)).queue_reason).toBe(
      `no build host takes new builds: ${worker.name} is ${word}`,
    );

    await store().schedule(owner, worker.name, 'open');
    expect(await dispatcher().requestLease(build.id)).toMatchObject({ kind: 'granted' });
  },
);

test.each<[string, Partial<HostOffer>]>([
  ['is being stopped', { is_draining: true }],
  ['has lost its worker process', { is_worker_away: true }],
  ['is short of inodes', { disk: { free_bytes: 5, reserve_bytes: 5, free_inodes: 9 } }],
  ['has a builder that does not answer', { builder_trouble: 'connection refused' }],
  ['has tools with a known hole', { tool_versions: { runc: '1.1.5' } }],
])('a worker that %s gets no build until that is over', async (_name, trouble) => {
  const { worker, build } = await aPair();
  await gate().heartbeat(worker.workerId, { ...AN_OFFER, ...trouble });
  expect(await dispatcher().requestLease(build.id)).toMatchObject({ kind: 'waiting' });

  await gate().heartbeat(worker.workerId, AN_OFFER);
  expect(await dispatcher().requestLease(build.id)).toMatchObject({ kind: 'granted' });
});

test('a second host with the token is refused while the first is heard of, and takes no lease up', async () => {
  const { worker, build } = await aPair();
  const [first, second] = [randomUUID(), randomUUID()];
  await gate().heartbeat(worker.workerId, { ...AN_OFFER, host_id: first });
  const answer = await dispatcher().requestLease(build.id);
  if (answer.kind !== 'granted') throw new Error(answer.kind);
  const { leaseId, fence } = answer.lease;

  const speaks = () => gate().heartbeat(worker.workerId, { ...AN_OFFER, slots: 9, host_id: second });
  await expect(speaks()).rejects.toMatchObject({ code: 'worker_taken' });
  await expect(gate().acknowledge(worker.workerId, leaseId, fence, second)).rejects.toMatchObject({
    code: 'worker_taken',
  });
  await expect(gate().acknowledge(worker.workerId, leaseId, fence, first)).resolves.toBeDefined();

  await sql`UPDATE build_workers SET last_heartbeat = now() - interval '31 s' WHERE id = ${worker.workerId}`.execute(
    db.controller,
  );
  await speaks();
  await expect(gate().heartbeat(worker.workerId, { ...AN_OFFER, host_id: first })).rejects.toMatchObject({
    code: 'worker_taken',
  });
});

test('a worker with builds is removed by force only; then they are lost and made elsewhere, and its token is void', async () => {
  const { tenant, worker, build, lease } = await aGrantedBuild(db);
  const owner = { ...tenant, isOperator: false };
  await takeUp(db, worker.workerId, lease);
  await expect(store().remove(owner, worker.name, { force: false })).rejects.toMatchObject({
    code: 'worker_has_builds',
  });
  expect(await gate().resolveWorker(worker.token)).not.toBeNull();

  await store().remove(owner, worker.name, { force: true });
  expect(await gate().resolveWorker(worker.token)).toBeNull();
  await controlPlaneIsUp(db);
  await dispatcher().expire();

  await expect(gate().heartbeat(worker.workerId, AN_OFFER)).rejects.toMatchObject({ code: 'not_found' });
  expect(await dispatcher().requestLease(build.id)).toMatchObject({ kind: 'waiting' });
  const other = await aWorker(db, { tenantId: tenant.tenantId });
  expect(await dispatcher().requestLease(build.id)).toMatchObject({
    ...{ kind: 'granted', workerId: other.workerId },
    lease: { attempt: 2 },
  });
});

test('hosts that were removed do not count against their build, and it says that they were removed', async () => {
  const { tenant, worker, build, lease } = await aGrantedBuild(db);
  const owner = { ...tenant, isOperator: false };
  await takeUp(db, worker.workerId, lease);
  await store().remove(owner, worker.name, { force: true });
  await controlPlaneIsUp(db);
  await dispatcher().expire();
  for (let removed = 1; removed < 3; removed += 1) {
    const next = await aWorker(db, { tenantId: tenant.tenantId });
    const granted = await dispatcher().requestLease(build.id);
    if (granted.kind !== 'granted') throw new Error(granted.kind);
    await takeUp(db, next.workerId, granted.lease);
    await store().remove(owner, next.name, { force: true });
    // The workflow may see the end of the run before the lease is looked at.
    await dispatcher().loseAttempt(granted.lease);
  }

  const builds = createBuildStore(db.api);
  expect(await builds.get(tenant, build.id)).toMatchObject({ status: 'queued' });
  const ends = (await builds.attempts(tenant, build.id)).map((attempt) => attempt.ended_reason);
  expect(ends).toEqual(Array(3).fill('worker_removed'));
  expect((await builds.history(tenant, build.id)).at(-1)?.reason).toBe('worker_removed');
});

test('who holds the password of the database gives a removed worker its token again', async () => {
  const operator = await anOwner(true);
  const [name, token] = [aName('up'), `kilnw_${randomUUID()}`];
  await addWorker(db.controller, { name, slots: 1, token });
  await store().remove(operator, name, { force: false });
  const { workerId } = await addWorker(db.controller, { name, slots: 1, token });
  expect(await gate().resolveWorker(token)).toMatchObject({ workerId });
});
