import { sql } from 'kysely';
import { startDelivery } from '../../src/acceptance/start-delivery.js';
import type { Delivery } from '../../src/contracts/webhooks.js';
import { DELIVERY_CHANNEL } from '../../src/storage/notify.js';
import { KilnError } from '../../src/domain/errors.js';
import { A_PUSH, type Answer, aWebhookWorld, genericPush } from '../support/webhook-world.js';

type Body = Record<string, unknown>;

let world: Awaited<ReturnType<typeof aWebhookWorld>>;
beforeAll(async () => {
  world = await aWebhookWorld();
  world.startRelay();
});
afterAll(() => world.close());

describe('pushes that come one after the other', () => {
  it('are coalesced: the newest is built, when the first would have been', async () => {
    const webhook = await world.aWebhook('generic', { coalesce_seconds: 60 });
    const push = (more: object) => world.send(webhook, genericPush({ ...A_PUSH, ...more }));
    const answers: Answer[] = [await push({ message: 'push 0' })];
    const first = await world.deliveryOf(answers[0]!);
    const waitsMs = Date.parse(first.next_retry_at!) - Date.parse(first.created_at);
    expect(waitsMs).toBeGreaterThanOrEqual(59_999);
    for (let n = 1; n < 4; n++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      answers.push(await push({ message: `push ${n}` }));
    }
    const other = await push({ ref: 'refs/heads/other' });
    const { next_retry_at: due } = await world.deliveryOf(answers.at(-1)!);
    expect(due).toBe(first.next_retry_at);
    await sql`UPDATE webhook_deliveries SET next_retry_at = next_retry_at - interval '61 s'`.execute(
      world.db.admin,
    );
    await sql`SELECT pg_notify(${DELIVERY_CHANNEL}, '')`.execute(world.db.admin);

    const newest = await world.settled(answers.at(-1)!);
    expect(newest).toMatchObject({ status: 'started', message: 'push 3' });
    for (const answer of answers.slice(0, -1))
      expect(await world.deliveryOf(answer)).toMatchObject({ status: 'coalesced', build_id: null });
    expect((await world.deliveryOf(answers[2]!)).coalesced_into).toBe(newest.id);
    expect((await world.settled(other)).status).toBe('started');
    expect(await world.buildsOf(webhook)).toBe(2);
  });
});

describe('the relay', () => {
  it('gives the build of the first try when it was killed before it could say so', async () => {
    const quiet = await aWebhookWorld();
    try {
      const hook = await quiet.aWebhook('generic');
      await quiet.api.send(hook.url_path, genericPush());
      const [taken] = await quiet.due.take(1);
      const { build } = await startDelivery(quiet.acceptance, taken!);
      // It is in hand, so nobody else takes it yet.
      expect(await quiet.due.take(1)).toEqual([]);
      await sql`UPDATE webhook_deliveries SET next_retry_at = now()`.execute(quiet.db.admin);
      quiet.startRelay();

      for (;;) {
        const { items } = await quiet.call<{ items: Delivery[] }>(`/v1/webhooks/${hook.name}/deliveries`);
        if (items[0]?.status === 'pending') continue;
        expect(items).toMatchObject([{ status: 'started', build_id: build.id, attempt_number: 2 }]);
        break;
      }
      // Who has lost it says nothing any more.
      await quiet.due.failed(taken!, 'too late');
      const { rows } = await sql<Body>`
        SELECT (SELECT count(*)::int FROM builds) AS builds, delivery_status FROM webhook_deliveries`.execute(
        quiet.db.admin,
      );
      expect(rows).toEqual([{ builds: 1, delivery_status: 'started' }]);
    } finally {
      await quiet.close();
    }
  });

  it('waits and tries again after what passes by itself, and keeps why', async () => {
    const quiet = await aWebhookWorld();
    try {
      const webhook = await quiet.aWebhook('generic');
      let tries = 0;
      quiet.startRelay({
        start: (deps, delivery) => {
          tries += 1;
          return tries === 1 ? Promise.reject(new KilnError('unavailable')) : startDelivery(deps, delivery);
        },
      });
      await quiet.api.send(webhook.url_path, genericPush());
      const read = async () =>
        (await quiet.call<{ items: Delivery[] }>(`/v1/webhooks/${webhook.name}/deliveries`)).items[0]!;
      while ((await read()).error_message === null);
      expect(await read()).toMatchObject({ status: 'pending', attempt_number: 1 });
      while ((await read()).status === 'pending') await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await read()).toMatchObject({ status: 'started', attempt_number: 2, error_message: null });
      expect(quiet.outcomes.map(({ outcome }) => outcome)).toEqual(['postponed', 'started']);
    } finally {
      await quiet.close();
    }
  });

  it('removes what is older than it is kept, and nothing that waits', async () => {
    const webhook = await world.aWebhook('generic', { auto_build_enabled: false });
    const { body } = await world.send(webhook, genericPush());
    await sql`UPDATE webhook_deliveries SET created_at = now() - interval '31 days' WHERE id = ${String(body['delivery'])}`.execute(
      world.db.admin,
    );
    expect(await world.due.removeOld(30)).toBe(1);
    expect(await world.due.removeOld(30)).toBe(0);
  });
});
