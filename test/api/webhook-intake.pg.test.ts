import { sql } from 'kysely';
import type { Webhook } from '../../src/contracts/webhooks.js';
import { sentBy } from '../support/sent-by.js';
import { A_PUSH, type Answer, aWebhookWorld, genericPush, SECRET } from '../support/webhook-world.js';

let world: Awaited<ReturnType<typeof aWebhookWorld>>;
beforeAll(async () => {
  world = await aWebhookWorld();
});
afterAll(() => world.close());

it('nobody is let in without the signature: counted, not kept, and answered alike', async () => {
  const webhook = await world.aWebhook('generic');
  const wrong = sentBy('generic', '', A_PUSH, { secret: 'another-secret-of-somebody' });

  const answers: Answer[] = [];
  for (let n = 0; n < 70; n++) answers.push(await world.send(webhook, wrong));

  expect(answers[0]).toMatchObject({ status: 401, body: { code: 'signature_invalid' } });
  expect(answers.at(-1)).toMatchObject({ status: 429, body: { code: 'too_many_unsigned' } });
  expect((await world.call<{ items: [] }>(`/v1/webhooks/${webhook.name}/deliveries`)).items).toEqual([]);
  const now = await world.call<Webhook>(`/v1/webhooks/${webhook.name}`);
  expect(now.refused_count).toBeGreaterThan(0);
  expect(now.last_refused_reason).toContain('webhook-signature');
  expect(now.is_verified).toBe(false);
  expect((await world.send(webhook, genericPush())).status).toBe(202);
});

it('nobody is let in at an address that does not exist or is switched off, and both look alike', async () => {
  const webhook = await world.aWebhook('generic', { is_active: false });
  const off = await world.send(webhook, genericPush());
  const nowhere = await world.send(
    { url_path: '/v1/webhooks/00000000-0000-4000-8000-000000000000' },
    genericPush(),
  );
  expect([off.status, nowhere.status]).toEqual([404, 404]);
  expect({ ...off.body, request_id: '' }).toEqual({ ...nowhere.body, request_id: '' });
});

it('only who has the new secret is let in once it was rotated', async () => {
  const webhook = await world.aWebhook('generic');
  const { secret } = await world.call<{ secret: string }>(
    `/v1/webhooks/${webhook.name}/rotate`,
    undefined,
    'POST',
  );
  expect((await world.send(webhook, genericPush())).status).toBe(401);
  expect((await world.send(webhook, sentBy('generic', '', A_PUSH, { secret }))).status).toBe(202);
});

it('nobody is let in with more than 25 MiB, which are not read', async () => {
  const webhook = await world.aWebhook('generic');
  const raw = Buffer.alloc(25 * 1024 * 1024 + 1, ' ');
  expect(await world.send(webhook, { ...genericPush(), raw })).toMatchObject({
    status: 413,
    body: { code: 'payload_too_large' },
  });
});

it('no row shows the secret', async () => {
  const { rows } = await sql<{ found: number }>`
    SELECT count(*)::int AS found FROM webhook_configs WHERE webhook_configs::text LIKE ${`%${SECRET}%`}`.execute(
    world.db.admin,
  );
  expect(rows).toEqual([{ found: 0 }]);
});
