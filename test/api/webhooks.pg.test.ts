import definitions from '@octokit/webhooks-examples';
import { sql } from 'kysely';
import type { Delivery, Webhook } from '../../src/contracts/webhooks.js';
import type { Build } from '../../src/contracts/builds.js';
import type { WebhookProvider } from '../../src/domain/webhooks/provider.js';
import * as gitea from '../adapters/webhooks/payloads/gitea.js';
import * as gitlab from '../adapters/webhooks/payloads/gitlab.js';
import { sentBy, type SentDelivery } from '../support/sent-by.js';
import {
  A_PUSH,
  type Answer,
  aWebhookWorld,
  genericPush,
  REPOSITORY_URL as URL_OF_ALL,
  SECRET,
  TOKEN,
} from '../support/webhook-world.js';

type Body = Record<string, unknown>;
const examples = definitions as unknown as readonly { readonly name: string; readonly examples: Body[] }[];
const github = (name: string, fits: (body: Body) => boolean = () => true): Body => ({
  ...examples.find((one) => one.name === name)!.examples.find(fits)!,
  repository: { clone_url: URL_OF_ALL },
});
const push = A_PUSH;

let world: Awaited<ReturnType<typeof aWebhookWorld>>;
beforeAll(async () => {
  world = await aWebhookWorld();
  world.startRelay();
});
afterAll(() => world.close());

const aWebhook = (provider: WebhookProvider, more: object = {}): Promise<Webhook> =>
  world.aWebhook(provider, more);
const send = (to: { url_path: string }, delivery: SentDelivery): Promise<Answer> => world.send(to, delivery);
const deliveryOf = (answer: Answer): Promise<Delivery> => world.deliveryOf(answer);
const settled = (answer: Answer): Promise<Delivery> => world.settled(answer);
const buildsOf = (webhook: Webhook): Promise<number> => world.buildsOf(webhook);
const generic = genericPush;

describe('a delivery that a build is made of', () => {
  it.each([
    ['github', 'push', github('push', ({ ref }) => ref === 'refs/heads/master'), 'master'],
    ['gitlab', 'Push Hook', gitlab.push, null],
    ['gitea', 'push', gitea.push, 'main'],
    ['forgejo', 'push', gitea.push, 'main'],
    ['generic', '', push, 'main'],
  ] as const)('of %s gives the commit that it tells of', async (provider, event, body, branch) => {
    const repository_url = provider === 'gitlab' ? gitlab.project.git_http_url : URL_OF_ALL;
    const webhook = await aWebhook(provider, { repository_url });

    const answer = await send(webhook, sentBy(provider, event, body, { secret: SECRET }));

    expect(answer).toMatchObject({ status: 202, body: { status: 'pending', is_duplicate: false } });
    const delivery = await settled(answer);
    expect(delivery).toMatchObject({ status: 'started', reason: null, attempt_number: 1 });
    const build = await world.call<Build>(`/v1/builds/${delivery.build_id}`);
    expect(build).toMatchObject({
      trigger_type: 'webhook',
      trigger_source: `${webhook.name}, delivery ${delivery.id}`,
      ...(branch === null ? {} : { branch, destinations: [`127.0.0.1:5000/app:${branch}`] }),
    });
    const { rows } = await sql<Body>`
      SELECT git_url, git_ref FROM build_configs WHERE build_id = ${build.id}`.execute(world.db.admin);
    expect(rows).toEqual([{ git_url: repository_url, git_ref: delivery.commit }]);
    expect(await world.call(`/v1/webhooks/${webhook.name}`)).toMatchObject({
      is_verified: true,
      last_delivery_status: 'started',
    });
  });

  it('is made of it once, however often it is sent at once', async () => {
    const webhook = await aWebhook('generic');
    const same = generic();

    const answers = await Promise.all(Array.from({ length: 100 }, () => send(webhook, same)));

    expect(new Set(answers.map(({ body }) => body['delivery'])).size).toBe(1);
    expect(answers.filter(({ body }) => body['is_duplicate'] === false)).toHaveLength(1);
    expect((await settled(answers[0]!)).status).toBe('started');
    expect(await buildsOf(webhook)).toBe(1);
  });

  it('is not made again by a replay, unless another one is wanted', async () => {
    const webhook = await aWebhook('generic');
    const answer = await send(webhook, generic());
    const first = await settled(answer);
    const path = `/v1/webhook-deliveries/${first.id}/replay`;

    expect(await world.call<Delivery>(path, {})).toMatchObject({
      status: 'started',
      build_id: first.build_id,
    });
    expect(await buildsOf(webhook)).toBe(1);

    await world.call(path, { again: true });
    const second = await settled(answer);
    expect(second).toMatchObject({ status: 'started', replay_count: 1 });
    expect(second.build_id).not.toBe(first.build_id);
    expect(await buildsOf(webhook)).toBe(2);
  });

  it('keeps what is wrong with the build, and a replay makes it when that is mended', async () => {
    const webhook = await aWebhook('generic', {
      build_config_preset: { options: { secrets: [{ id: 'npm', name: 'npm-token' }] } },
    });
    const answer = await send(webhook, generic());
    expect(await settled(answer)).toMatchObject({
      status: 'failed',
      error_message: expect.stringContaining('npm-token') as string,
      build_id: null,
    });

    await world.call(`/v1/webhooks/${webhook.name}`, { build_config_preset: {} }, 'PATCH');
    await world.call(`/v1/webhook-deliveries/${String(answer.body['delivery'])}/replay`, {});

    expect((await settled(answer)).status).toBe('started');
  });

  it('reads the form in which GitHub can send it', async () => {
    const webhook = await aWebhook('github');
    const body = github('push', ({ ref }) => ref === 'refs/heads/master');

    const answer = await send(webhook, sentBy('github', 'push', body, { secret: SECRET, form: true }));

    expect(answer.status).toBe(202);
    expect((await settled(answer)).status).toBe('started');
  });
});

describe('a pull request from another repository', () => {
  const fork = github('pull_request', ({ action }) => action === 'opened');
  const pull = {
    ...fork,
    pull_request: {
      ...(fork['pull_request'] as Body),
      head: { sha: gitea.SHA, ref: 'x', repo: { id: 2 } },
      base: { sha: gitea.OLDER, ref: 'main', repo: { id: 1 } },
    },
  };

  it('waits for approval, and is built untrusted and without secrets then', async () => {
    const secrets = [{ id: 'npm', name: 'npm-token' }];
    await world.call('/v1/secrets/npm-token', { value: 'the-token-of-npm' }, 'PUT');
    const webhook = await aWebhook('github', {
      event_types: ['pull_request'],
      build_config_preset: { destinations: ['127.0.0.1:5000/app:pr-${number}'], options: { secrets } },
    });
    await sql`UPDATE projects SET trust = 'trusted', trusted_at = now() WHERE slug = 'app'`
      .execute(world.db.admin)
      .catch(() => sql`UPDATE projects SET trust = 'trusted' WHERE slug = 'app'`.execute(world.db.admin));

    const answer = await send(webhook, sentBy('github', 'pull_request', pull, { secret: SECRET }));

    expect(answer).toMatchObject({ status: 202, body: { status: 'awaiting_approval' } });
    expect(await buildsOf(webhook)).toBe(0);

    const path = `/v1/webhook-deliveries/${String(answer.body['delivery'])}/approve`;
    await Promise.all([world.call(path, undefined, 'POST'), world.call(path, undefined, 'POST')]);
    const delivery = await settled(answer);
    expect(delivery).toMatchObject({ status: 'started', without_secrets: true });
    expect(await buildsOf(webhook)).toBe(1);
    const { rows } = await sql<Body>`
      SELECT trust, without_secrets, secrets FROM build_configs WHERE build_id = ${delivery.build_id}`.execute(
      world.db.admin,
    );
    expect(rows).toEqual([{ trust: 'untrusted', without_secrets: true, secrets: null }]);
    const build = await world.call<Build>(`/v1/builds/${delivery.build_id}`);
    expect(build.destinations).toEqual(['127.0.0.1:5000/app:pr-2']);
  });

  it('is not built once somebody has rejected it, and waits again after a replay', async () => {
    const webhook = await aWebhook('github', { event_types: ['pull_request'] });
    const sent = sentBy('github', 'pull_request', pull, { secret: SECRET });
    const answer = await send(webhook, sent);
    const path = `/v1/webhook-deliveries/${String(answer.body['delivery'])}`;

    const rejected = await world.call<Delivery>(`${path}/reject`, undefined, 'POST');

    expect(rejected).toMatchObject({ status: 'rejected', decided_by: 'admin', approved_at: null });
    expect(Date.now() - Date.parse(rejected.rejected_at!)).toBeLessThan(60_000);
    expect(await world.call<Delivery>(`${path}/reject`, undefined, 'POST')).toEqual(rejected);
    await expect(world.call(`${path}/approve`, undefined, 'POST')).rejects.toThrow('409');
    expect(await send(webhook, sent)).toMatchObject({ status: 200, body: { status: 'rejected' } });

    const replayed = await world.call<Delivery>(`${path}/replay`, {});
    expect(replayed).toMatchObject({ status: 'awaiting_approval', rejected_at: null, decided_by: null });
    await world.call(`${path}/approve`, undefined, 'POST');
    expect(await settled(answer)).toMatchObject({ status: 'started', decided_by: 'admin' });
    await expect(world.call(`${path}/reject`, undefined, 'POST')).rejects.toThrow('409');
  });

  it('is either approved or rejected, whoever comes at the same time', async () => {
    const webhook = await aWebhook('github', { event_types: ['pull_request'] });
    for (let round = 0; round < 10; round++) {
      const answer = await send(webhook, sentBy('github', 'pull_request', pull, { secret: SECRET }));
      const path = `/v1/webhook-deliveries/${String(answer.body['delivery'])}`;
      const decisions = ['approve', 'reject', 'approve', 'reject'];

      const decided = await Promise.allSettled(
        decisions.map((decision) => world.call<Delivery>(`${path}/${decision}`, undefined, 'POST')),
      );

      const done = decisions.filter((_, at) => decided[at]?.status === 'fulfilled');
      expect(new Set(done).size).toBe(1);
      expect(done).toHaveLength(2);
      const { status, build_id } = await settled(answer);
      expect([status, build_id !== null]).toEqual(
        done[0] === 'approve' ? ['started', true] : ['rejected', false],
      );
    }
  });

  it('is the only thing that can be approved', async () => {
    const webhook = await aWebhook('generic', { auto_build_enabled: false });
    const { body } = await send(webhook, generic());
    await expect(
      world.call(`/v1/webhook-deliveries/${String(body['delivery'])}/approve`, undefined, 'POST'),
    ).rejects.toThrow('409');
  });
});

describe('what starts nothing', () => {
  it('is kept with the reason, and answered so', async () => {
    const webhook = await aWebhook('generic', { branch_patterns: ['release/*'] });
    const answer = await send(webhook, generic());
    expect(answer).toMatchObject({ status: 200, body: { status: 'ignored' } });
    expect(await deliveryOf(answer)).toMatchObject({
      reason: 'branch_patterns does not take main in.',
      response_status: 200,
    });
  });

  it('is a ping, which verifies the webhook', async () => {
    const webhook = await aWebhook('github');
    expect(webhook.is_verified).toBe(false);
    const ping = sentBy('github', 'ping', github('ping'), { secret: SECRET });
    expect(await send(webhook, ping)).toMatchObject({ status: 200, body: { status: 'ignored' } });
    expect(await world.call(`/v1/webhooks/${webhook.name}`)).toMatchObject({ is_verified: true });
  });

  it('is a body that names another repository: refused, and recorded', async () => {
    const webhook = await aWebhook('generic');
    const answer = await send(webhook, generic({ ...push, repository: 'https://git.example.com/other/app' }));
    expect(answer).toMatchObject({ status: 422, body: { code: 'delivery_refused' } });
    const { items } = await world.call<{ items: Delivery[] }>(`/v1/webhooks/${webhook.name}/deliveries`);
    expect(items).toMatchObject([{ status: 'refused', response_status: 422 }]);
    expect(items[0]?.reason).toContain('other/app');
  });

  it('gives its body back byte by byte', async () => {
    const webhook = await aWebhook('generic', { auto_build_enabled: false });
    const delivery = generic();
    const { body } = await send(webhook, delivery);
    const response = await world.api.send(`/v1/webhook-deliveries/${String(body['delivery'])}/payload`, {
      token: TOKEN,
    });
    expect(Buffer.from(await response.arrayBuffer()).equals(delivery.raw)).toBe(true);
    const { rows } = await sql<{ headers: object }>`
      SELECT headers FROM webhook_deliveries WHERE id = ${String(body['delivery'])}`.execute(world.db.admin);
    expect(Object.keys(rows[0]?.headers ?? {}).sort()).toEqual(['content-type', 'user-agent', 'webhook-id']);
  });
});
