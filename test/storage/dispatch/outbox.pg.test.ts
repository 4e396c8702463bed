import { sql } from 'kysely';
import { KilnError } from '../../../src/domain/errors.js';
import { putOutboxForLater } from '../../../src/storage/outbox-row.js';
import { createOutbox } from '../../../src/storage/dispatch/outbox.js';
import type { OutboxMessage } from '../../../src/ports/dispatch.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { aBuild, aGrantedBuild, aProject, aTenant, aWorker, takeUp } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  await sql`DELETE FROM outbox`.execute(db.controller);
});

async function acceptBuilds(count: number): Promise<string[]> {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const ids = [];
  for (let index = 0; index < count; index += 1) ids.push((await aBuild(db, tenant, project.id)).id);
  await makeDue();
  return ids;
}

/** Ends the time in which who wrote a message does by itself what it asks for. */
async function makeDue(): Promise<void> {
  await sql`UPDATE outbox SET due_at = now() - interval '1 ms'`.execute(db.controller);
}

/** Milliseconds on the clock of the database. */
async function clockMs(): Promise<number> {
  const { rows } = await sql<{ at: Date }>`SELECT clock_timestamp() AS at`.execute(db.controller);
  return rows[0]!.at.getTime();
}

/** Whether each message is due so long after it was written, which was between two readings of the clock; columns hold whole milliseconds. */
async function expectDue(afterMs: number, from: number, until: number): Promise<void> {
  const rows = await db.controller.selectFrom('outbox').select('due_at').execute();
  for (const { due_at: due } of rows) {
    expect(due.getTime()).toBeGreaterThanOrEqual(from + afterMs - 1);
    expect(due.getTime()).toBeLessThanOrEqual(until + afterMs + 1);
  }
}

/** Gives the test an hour before anything is due. */
async function postpone(): Promise<void> {
  await sql`UPDATE outbox SET due_at = due_at + interval '1 hour'`.execute(db.controller);
}

test('what was sent is gone, and there is nothing to send again', async () => {
  const ids = await acceptBuilds(3);
  const outbox = createOutbox(db.controller);
  const sent: OutboxMessage[] = [];
  const send = (message: OutboxMessage) => Promise.resolve(void sent.push(message));

  expect(await outbox.relay(100, send)).toMatchObject({ sent: 3 });

  expect(sent.map((message) => message.buildId).sort()).toEqual([...ids].sort());
  expect(await outbox.relay(100, send)).toEqual({ sent: 0, nextLookMs: 5_000 });
});

test('eight relays at once send every message once', async () => {
  const ids = await acceptBuilds(40);
  const sent: string[] = [];
  const send = async (message: OutboxMessage) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    sent.push(message.buildId);
  };
  const relays = Array.from({ length: 8 }, async () => {
    while ((await createOutbox(db.controller).relay(5, send)).sent > 0);
  });

  await Promise.all(relays);

  expect(sent.sort()).toEqual(ids.sort());
});

test('a message that fails is kept with its error and sent again after a while', async () => {
  await acceptBuilds(1);
  const outbox = createOutbox(db.controller, { firstBackOffMs: 30 });
  const failing = () => Promise.reject(new KilnError('unavailable', { detail: 'no server' }));

  const first = await outbox.relay(10, failing);
  const row = await db.controller.selectFrom('outbox').selectAll().executeTakeFirstOrThrow();

  expect(first.sent).toBe(0);
  expect(first.nextLookMs).toBeLessThanOrEqual(31);
  expect(row).toMatchObject({ send_attempts: 1, last_error: 'unavailable: no server' });
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(await outbox.relay(10, () => Promise.resolve())).toMatchObject({ sent: 1 });
});

test('rows of a relay that died are sent by another after the claim', async () => {
  await acceptBuilds(1);
  const dying = createOutbox(db.controller, { claimMs: 60_000 });
  await new Promise<void>((taken) => {
    void dying.relay(10, () => {
      taken();
      return new Promise(() => undefined);
    });
  });
  const other = createOutbox(db.controller);

  expect(await other.relay(10, () => Promise.resolve())).toMatchObject({ sent: 0 });
  await sql`UPDATE outbox SET due_at = due_at - interval '60 s'`.execute(db.controller);
  expect(await other.relay(10, () => Promise.resolve())).toMatchObject({ sent: 1 });
});

test('messages of one build keep their order', async () => {
  const tenant = await aTenant(db);
  await aWorker(db, { tenantId: tenant.tenantId });
  const build = await aBuild(db, tenant, (await aProject(db, tenant)).id);
  await createDispatcher(db.controller).grantNext();
  await createBuildStore(db.api).requestCancel(tenant, build.id);
  const kinds: string[] = [];
  await makeDue();

  await createOutbox(db.controller).relay(100, (message) => Promise.resolve(void kinds.push(message.kind)));

  expect(kinds).toEqual(['start_build', 'lease_granted', 'cancel_build']);
});

test('the start of a build, and the grant that a workflow has asked for, are sent a second later where nobody has settled them', async () => {
  const from = await clockMs();
  const { build } = await aGrantedBuild(db);
  const tenant = await aTenant(db);
  const waiting = await aBuild(db, tenant, (await aProject(db, tenant)).id);
  const sent: string[] = [];
  const send = ({ kind, buildId }: OutboxMessage) => Promise.resolve(void sent.push(`${kind} ${buildId}`));
  const outbox = createOutbox(db.controller);

  await expectDue(1_000, from, await clockMs());
  await postpone();

  const { nextLookMs } = await outbox.relay(100, send);

  expect(sent).toEqual([]);
  expect(nextLookMs).toBeGreaterThan(0);
  await makeDue();
  await outbox.relay(100, send);
  // The workflow that asked has begun.
  expect(sent.sort()).toEqual([`lease_granted ${build.id}`, `start_build ${waiting.id}`]);
});

test('what nobody waits for is sent a moment later, when the next build has been handed over', async () => {
  const { tenant, build } = await aGrantedBuild(db);
  await sql`DELETE FROM outbox`.execute(db.controller);
  const from = await clockMs();
  await db.controller
    .transaction()
    .execute((tx) => putOutboxForLater(tx, tenant.tenantId, { kind: 'attest_build', buildId: build.id }));
  await expectDue(300, from, await clockMs());
  await postpone();
  const outbox = createOutbox(db.controller);

  expect(await outbox.relay(100, () => Promise.resolve())).toMatchObject({ sent: 0 });
  await makeDue();
  expect(await outbox.relay(100, () => Promise.resolve())).toMatchObject({ sent: 1 });
});

test('a grant that somebody else caused rings at once', async () => {
  const { tenant, project } = await aGrantedBuild(db);
  const other = await aBuild(db, tenant, project.id);
  await createDispatcher(db.controller).grantNext();
  const rung: string[] = [];

  await createOutbox(db.controller).relay(100, (message) =>
    Promise.resolve(void rung.push(`${message.kind} ${message.buildId}`)),
  );

  expect(rung).toEqual([`lease_granted ${other.id}`]);
});

test('a grant that was acknowledged rings for nobody: its doorbell is settled with it', async () => {
  const { worker, lease } = await aGrantedBuild(db);

  await takeUp(db, worker.workerId, lease);

  expect(await db.controller.selectFrom('outbox').select('message').execute()).toEqual([]);
});

test('a doorbell for a grant that was acknowledged meanwhile is not rung', async () => {
  const { build, tenant, worker, lease } = await aGrantedBuild(db);
  await takeUp(db, worker.workerId, lease);
  await sql`INSERT INTO outbox (tenant_id, build_id, message)
    VALUES (${tenant.tenantId}, ${build.id}, '{"kind":"lease_granted"}')`.execute(db.controller);
  const rung: string[] = [];

  const { sent } = await createOutbox(db.controller).relay(100, (message) =>
    Promise.resolve(void rung.push(message.kind)),
  );

  expect(rung).toEqual([]);
  expect(sent).toBe(1);
});

test('the time to acknowledge a grant starts when its doorbell was sent', async () => {
  const { lease } = await aGrantedBuild(db);
  await makeDue();
  await sql`UPDATE leases SET expires_at = now() - interval '1 minute' WHERE id = ${lease.leaseId}`.execute(
    db.controller,
  );

  await createOutbox(db.controller, { ackTtlMs: 20_000 }).relay(100, () => Promise.resolve());

  const { left } = await db.controller
    .selectFrom('leases')
    .select(sql<boolean>`expires_at > clock_timestamp() + interval '15 seconds'`.as('left'))
    .where('id', '=', lease.leaseId)
    .executeTakeFirstOrThrow();
  expect(left).toBe(true);
});

test('the build that gets a freed slot is rung for at once, and its doorbell stays in reserve; one that has asked is not', async () => {
  const tenant = await aTenant(db);
  await aWorker(db, { tenantId: tenant.tenantId, slots: 1 });
  const project = await aProject(db, tenant);
  const [first, next] = [await aBuild(db, tenant, project.id), await aBuild(db, tenant, project.id)];
  const rung: string[] = [];
  const dispatcher = createDispatcher(db.controller, { ring: (buildIds) => rung.push(...buildIds) });
  const answer = await dispatcher.requestLease(first.id);
  if (answer.kind !== 'granted') throw new Error(answer.kind);
  expect(rung).toEqual([]);
  await sql`UPDATE builds SET status = 'failed', completed_at = now() WHERE id = ${first.id}`.execute(
    db.controller,
  );

  await dispatcher.release(answer.lease);

  expect(rung).toEqual([next.id]);
  const { rows } = await sql<{ isInReserve: boolean }>`
    SELECT due_at > clock_timestamp() AS "isInReserve" FROM outbox
    WHERE build_id = ${next.id} AND message ->> 'kind' = 'lease_granted'`.execute(db.controller);
  expect(rows).toEqual([{ isInReserve: true }]);
});
