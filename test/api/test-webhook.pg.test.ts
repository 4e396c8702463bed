import type { Webhook } from '../../src/contracts/webhooks.js';
import { WEBHOOK_PROVIDERS, type WebhookProvider } from '../../src/domain/webhooks/provider.js';
import { A_PUSH, aWebhookWorld, genericPush } from '../support/webhook-world.js';

let world: Awaited<ReturnType<typeof aWebhookWorld>>;
beforeAll(async () => {
  world = await aWebhookWorld();
  world.startRelay();
});
afterAll(() => world.close());

interface Written {
  readonly headers: Record<string, string>;
  readonly body: string;
}
const write = ({ name }: Webhook, ref: string): Promise<Written> =>
  world.call<Written>(`/v1/webhooks/${name}/test`, { ref });
const send = (webhook: Webhook, { headers, body }: Written) =>
  world.send(webhook, { method: 'POST', token: null, headers, raw: Buffer.from(body) });
const tested = async (provider: WebhookProvider, settings: object, ref = 'refs/heads/main') => {
  const webhook = await world.aWebhook(provider, settings);
  return { webhook, answer: await send(webhook, await write(webhook, ref)) };
};

it.each(WEBHOOK_PROVIDERS)('a test of %s verifies the webhook and starts no build', async (provider) => {
  const { webhook, answer } = await tested(provider, {});

  expect(answer).toMatchObject({
    status: 200,
    body: {
      status: 'ignored',
      reason: 'A test. What is like it builds refs/heads/main to 127.0.0.1:5000/app:main.',
    },
  });
  expect(await world.call(`/v1/webhooks/${webhook.name}`)).toMatchObject({ is_verified: true });
  const replayed = await world.call(`/v1/webhook-deliveries/${String(answer.body['delivery'])}/replay`, {});
  expect(replayed).toMatchObject({ status: 'ignored', build_id: null });
  expect(await world.buildsOf(webhook)).toBe(0);
});

it.each([
  [{ branch_patterns: ['release/*'] }, 'starts no build: branch_patterns does not take main in.'],
  [{ auto_build_enabled: false }, 'starts no build: auto_build_enabled is off'],
  [{ build_config_preset: { destinations: ['r.test/app:${tag}'] } }, 'fails: destinations of the preset'],
])('a test tells what the settings %j make of a push', async (settings, reason) => {
  const { answer } = await tested('gitlab', settings);
  expect(answer.body['reason']).toContain(reason);
});

it('a test of a tag is judged as one', async () => {
  const { answer } = await tested('gitlab', { build_config_preset: {} }, 'refs/tags/v1.0.0');
  expect(answer.body['reason']).toBe('A test. What is like it builds refs/tags/v1.0.0.');
});

it('becomes no real delivery by the hand of somebody who has seen it: the mark is under the signature', async () => {
  const webhook = await world.aWebhook('github');
  const written = await write(webhook, 'refs/heads/main');
  const body = written.body.replace('"kiln_test":true', '"kiln_test":null');
  expect(await send(webhook, { ...written, body })).toMatchObject({ status: 401 });
});

it('is no test what says so of itself with anything but true', async () => {
  const webhook = await world.aWebhook('generic');
  const answer = await world.send(webhook, genericPush({ ...A_PUSH, kiln_test: 'no' }));
  expect(answer).toMatchObject({ status: 202, body: { status: 'pending' } });
});

it('is not written for a webhook that answers nobody', async () => {
  const webhook = await world.aWebhook('github', { is_active: false });
  await expect(write(webhook, 'refs/heads/main')).rejects.toThrow('--on');
});
