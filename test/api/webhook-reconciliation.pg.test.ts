import { sql } from 'kysely';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDelivery } from '../../src/acceptance/start-delivery.js';
import type { Delivery, Webhook } from '../../src/contracts/webhooks.js';
import type { Loop } from '../../src/controller/loop.js';
import type { Head } from '../../src/domain/webhooks/missed-pushes.js';
import { createWebhookReadings } from '../../src/storage/webhooks/webhook-readings.js';
import { A_PUSH, aWebhookWorld, genericPush } from '../support/webhook-world.js';

const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string];
const GRACE_MS = 60_000;
const EVERY_MS = 600_000;
const main = (sha: string): Head => ({ ref: 'refs/heads/main', sha });
const push = (sha: string, more: object = {}) => genericPush({ ...A_PUSH, sha, ...more });

let world: Awaited<ReturnType<typeof aWebhookWorld>>;
let readings: ReturnType<typeof createWebhookReadings>;
let relay: Loop | null = null;
let builtBefore = 0;
beforeAll(async () => {
  world = await aWebhookWorld();
  readings = createWebhookReadings(world.db.controller);
});
afterAll(() => world.close());
afterEach(async () => {
  await relay?.stop();
  relay = null;
  await sql`DELETE FROM webhook_configs`.execute(world.db.admin);
  builtBefore += (await triggers()).length;
});

/** The column is rounded to milliseconds: `now()` itself may be ahead of the clock by half of one. */
async function makeDue(): Promise<void> {
  await sql`UPDATE webhook_configs SET next_reconcile_at = now() - interval '1 ms'`.execute(world.db.admin);
}

async function take() {
  await makeDue();
  const [taken] = await readings.take(8, EVERY_MS);
  return taken!;
}

async function read(...heads: Head[]): Promise<readonly Head[] | null> {
  return readings.keep(await take(), heads, GRACE_MS);
}

/** Everything that has happened was ten minutes ago, and what was due is due. */
async function timePasses(): Promise<void> {
  await sql`UPDATE webhook_deliveries SET created_at = created_at - interval '10 minutes',
    heads_read_at = heads_read_at - interval '10 minutes', next_retry_at = next_retry_at - interval '10 minutes'`.execute(
    world.db.admin,
  );
  await sql`UPDATE webhook_configs SET reconciled_at = reconciled_at - interval '10 minutes'`.execute(
    world.db.admin,
  );
  await sql`UPDATE webhook_heads SET seen_at = seen_at - interval '10 minutes'`.execute(world.db.admin);
}

/** Newest first. */
async function deliveriesOf({ name }: Webhook): Promise<Delivery[]> {
  return (await world.call<{ items: Delivery[] }>(`/v1/webhooks/${name}/deliveries`)).items;
}

async function settled(webhook: Webhook): Promise<Delivery[]> {
  for (;;) {
    const all = await deliveriesOf(webhook);
    if (all.every(({ status }) => status !== 'pending')) return all;
    await sleep(10);
  }
}

async function triggers(): Promise<{ trigger_type: string; trigger_source: string }[]> {
  const { rows } = await sql<{ trigger_type: string; trigger_source: string }>`
    SELECT trigger_type, trigger_source FROM build_triggers ORDER BY created_at, id OFFSET ${builtBefore}`.execute(
    world.db.admin,
  );
  return rows;
}

/** A webhook whose heads were read once, and a push that was found and waits to be told of. */
async function aMissedPush(settings: object = {}): Promise<Webhook> {
  const webhook = await world.aWebhook('generic', settings);
  expect(await read(main(A))).toEqual([]);
  await timePasses();
  expect(await read(main(B))).toEqual([main(B)]);
  return webhook;
}

describe('a push that no delivery has told of', () => {
  it('is built when the time is over in which its delivery may come', async () => {
    const webhook = await aMissedPush();
    relay = world.startRelay();
    const [found] = await deliveriesOf(webhook);
    expect(found).toMatchObject({
      ...{ event_type: 'reconciliation', status: 'pending', response_status: null, attempt_number: 0 },
      ...{ ref: 'refs/heads/main', commit: B },
    });
    const waitsMs = Date.parse(found!.next_retry_at!) - Date.parse(found!.created_at);
    expect(Math.abs(waitsMs - GRACE_MS)).toBeLessThan(1_000);
    await timePasses();
    expect(await settled(webhook)).toMatchObject([{ status: 'started', attempt_number: 1 }]);
    expect(await triggers()).toEqual([
      { trigger_type: 'git_event', trigger_source: 'missed push: main at bbbbbbb' },
    ]);
    expect(await read(main(B))).toEqual([]);
  });

  it('is no news where its delivery comes in that time, whatever that one is made of', async () => {
    const webhook = await aMissedPush();
    await world.send(webhook, push(B, { message: 'Add a page [skip ci]' }));
    await timePasses();
    relay = world.startRelay();
    const [told, found] = await settled(webhook);
    expect(told).toMatchObject({ status: 'ignored' });
    expect(found).toMatchObject({ status: 'coalesced', coalesced_into: told!.id, build_id: null });
    expect(found!.reason).toContain('has told of the ref after all');
  });

  it('gives way to a newer one that is built', async () => {
    const webhook = await aMissedPush();
    const { body } = await world.send(webhook, push(C));
    await timePasses();
    relay = world.startRelay();
    expect(await settled(webhook)).toMatchObject([
      { status: 'started', commit: C },
      { status: 'coalesced', commit: B, coalesced_into: body['delivery'] },
    ]);
  });

  it('does not give way to a newer one that is not built', async () => {
    const webhook = await aMissedPush();
    await world.send(webhook, push(C, { message: '[skip ci]' }));
    await timePasses();
    relay = world.startRelay();
    expect(await settled(webhook)).toMatchObject([{ status: 'ignored' }, { status: 'started', commit: B }]);
  });

  it('makes no second build when its delivery comes late, and is news again after another push', async () => {
    const webhook = await aMissedPush();
    await timePasses();
    relay = world.startRelay();
    const [found] = await settled(webhook);

    const late = await world.settled(await world.send(webhook, push(B)));
    expect(late).toMatchObject({ status: 'coalesced', coalesced_into: found!.id, build_id: null });
    expect(late.reason).toBe(`already built by reconciliation: ${found!.id}`);
    expect(await triggers()).toHaveLength(1);

    for (const sha of [C, B]) {
      const answer = await world.send(webhook, push(sha));
      expect((await world.settled(answer)).status).toBe('started');
    }
    expect(await triggers()).toHaveLength(3);
  });

  it('is waited for by its delivery while it is under way, also after the controller was killed that had it in hand', async () => {
    const webhook = await aMissedPush();
    await timePasses();
    const [taken] = await world.due.take(1);
    expect(taken).toMatchObject({ isMissedPush: true, twin: null });
    const { build } = await startDelivery(world.acceptance, taken!);
    // Killed here: the build is there, and nobody has noted it.
    const { body } = await world.send(webhook, push(B));
    relay = world.startRelay();
    const told = () => deliveriesOf(webhook).then((all) => all.find(({ id }) => id === body['delivery'])!);
    while ((await told()).error_message === null) await sleep(10);
    expect(await told()).toMatchObject({ status: 'pending', attempt_number: 1 });

    await sql`UPDATE webhook_deliveries SET next_retry_at = now() WHERE id = ${taken!.id}`.execute(
      world.db.admin,
    );
    expect(await settled(webhook)).toMatchObject([
      { status: 'coalesced', coalesced_into: taken!.id },
      { status: 'started', build_id: build.id, attempt_number: 2 },
    ]);
    expect(await triggers()).toHaveLength(1);
  });

  it('can be replayed: by the settings of now, and for another build', async () => {
    const webhook = await aMissedPush();
    await timePasses();
    relay = world.startRelay();
    const [found] = await settled(webhook);
    await world.call(`/v1/webhook-deliveries/${found!.id}/replay`, { again: true });
    const [again] = await settled(webhook);
    expect(again).toMatchObject({ status: 'started', replay_count: 1 });
    expect(again!.build_id).not.toBe(found!.build_id);
    expect((await triggers()).map(({ trigger_type }) => trigger_type)).toEqual(['git_event', 'git_event']);

    await world.call(`/v1/webhooks/${webhook.name}`, { branch_patterns: ['release/*'] }, 'PATCH');
    await world.call(`/v1/webhook-deliveries/${found!.id}/replay`, { again: true });
    expect((await settled(webhook))[0]).toMatchObject({ status: 'ignored' });
  });
});

describe('a reading of heads', () => {
  it('builds nothing that the rules do not take, also later', async () => {
    const webhook = await world.aWebhook('generic', { branch_patterns: ['main'], event_types: ['push'] });
    await read();
    await timePasses();
    const heads = [
      { ref: 'refs/heads/side', sha: A },
      { ref: 'refs/tags/v1', sha: A },
    ];
    expect(await read(...heads)).toEqual([]);
    expect(await deliveriesOf(webhook)).toEqual([]);
    await world.call(`/v1/webhooks/${webhook.name}`, { branch_patterns: [] }, 'PATCH');
    expect(await read(...heads)).toEqual([]);
  });

  it('finds each of several refs, tags too', async () => {
    await world.aWebhook('generic');
    await read(main(A));
    const heads = [main(B), { ref: 'refs/heads/new', sha: B }, { ref: 'refs/tags/v1', sha: B }];
    expect(await read(...heads)).toEqual(heads);
    expect(await read(...heads)).toEqual([]);
  });

  it('finds a branch that was forced back, and forgets one that is gone', async () => {
    const webhook = await world.aWebhook('generic');
    await read(main(A), { ref: 'refs/heads/side', sha: A });
    await timePasses();
    await world.send(webhook, push(B));
    await timePasses();
    expect(await read(main(A))).toEqual([main(A)]);
    const { rows } = await sql`SELECT ref FROM webhook_heads`.execute(world.db.admin);
    expect(rows).toEqual([{ ref: 'refs/heads/main' }]);
    // It may be that the repository is being moved.
    expect(await read()).toEqual([]);
    expect(await read(main(A))).toEqual([]);
  });

  it('leaves a ref to the next one that a delivery tells of at the time', async () => {
    const webhook = await world.aWebhook('generic');
    await read(main(A));
    await timePasses();
    const taken = await take();
    await world.send(webhook, push(B));
    expect(await readings.keep(taken, [main(A)], GRACE_MS)).toEqual([]);
    await timePasses();
    expect(await read(main(B))).toEqual([]);
  });

  it('changes nothing when another one was begun meanwhile', async () => {
    const webhook = await aMissedPush();
    const slow = await take();
    await read(main(B));
    expect(await readings.keep(slow, [main(C)], GRACE_MS)).toBeNull();
    await readings.noteTrouble(slow, 'too late');
    expect(await world.call<Webhook>(`/v1/webhooks/${webhook.name}`)).toMatchObject({
      reconcile_trouble: null,
    });
    expect(await read(main(B))).toEqual([]);
  });

  it('begins anew for another repository, and for a webhook that was switched off', async () => {
    const webhook = await aMissedPush();
    const change = (body: object) => world.call(`/v1/webhooks/${webhook.name}`, body, 'PATCH');
    await change({ is_active: false });
    await makeDue();
    expect(await readings.take(8, EVERY_MS)).toEqual([]);
    await expect(world.call(`/v1/webhooks/${webhook.name}/reconcile`, {})).rejects.toThrow('switched off');
    await change({ is_active: true });
    expect(await take()).toMatchObject({ isFirst: true });
    expect(await read(main(C))).toEqual([]);

    const during = await take();
    await change({ repository_url: 'https://git.example.com/team/other.git' });
    expect(await readings.keep(during, [main(A)], GRACE_MS)).toBeNull();
    expect(await read(main(A))).toEqual([]);
  });

  it('is due again after the interval, or when somebody asks, and its trouble is shown until one comes to its end', async () => {
    const { name } = await world.aWebhook('generic');
    const show = () => world.call<Webhook>(`/v1/webhooks/${name}`);
    const [taken] = await readings.take(8, EVERY_MS);
    expect(await readings.take(8, EVERY_MS)).toEqual([]);
    const inMs = Date.parse((await show()).next_reconcile_at) - Date.now();
    expect(inMs).toBeGreaterThan(0.89 * EVERY_MS);
    expect(inMs).toBeLessThan(1.11 * EVERY_MS);
    expect(await readings.nextLookMs()).toBe(60_000);

    await readings.noteTrouble(taken!, 'The repository was not found.');
    expect(await show()).toMatchObject({
      reconciled_at: null,
      reconcile_trouble: 'The repository was not found.',
    });
    await world.call(`/v1/webhooks/${name}/reconcile`, {});
    expect(await readings.nextLookMs()).toBe(0);
    const [again] = await readings.take(8, EVERY_MS);
    await readings.keep(again!, [main(A)], GRACE_MS);
    const after = await show();
    expect(after).toMatchObject({ reconcile_trouble: null, reconcile_trouble_at: null });
    expect(Date.parse(after.reconciled_at!)).toBe(again!.readAtMs);
  });
});
