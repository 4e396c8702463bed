import { randomBytes } from 'node:crypto';
import type * as operations from '../../../contracts/webhook-operations.js';
import { namingField } from '../../../domain/secrets/needed-registries.js';
import type { WebhookSettings } from '../../../ports/webhooks.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { settingsOf, showWebhook } from './show-webhook.js';

type Deps = Pick<ApiDeps, 'projects' | 'webhooks' | 'checkGitUrl' | 'events'>;

const SECRET_BYTES = 32;

/** Of characters that need no quoting, and every form of signature takes. */
function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('hex');
}

function judgeRepository({ checkGitUrl }: Pick<Deps, 'checkGitUrl'>, url: string): void {
  try {
    checkGitUrl(url);
  } catch (error) {
    throw namingField(error, 'repository_url');
  }
}

export function createWebhook(deps: Deps): Handler<typeof operations.createWebhook> {
  return async ({ caller, body }) => {
    const { project, provider, secret = newSecret(), ...said } = body;
    judgeRepository(deps, body.repository_url);
    const { id } = await deps.projects.get(caller, project);
    const settings = { ...settingsOf(said), provider } as WebhookSettings;
    const webhook = await deps.webhooks.create(caller, id, settings, secret);
    deps.events.webhookChanged({ webhookId: webhook.id, what: 'added' });
    return { status: 201, body: { webhook: showWebhook(webhook), secret } };
  };
}

export function listWebhooks(deps: Deps): Handler<typeof operations.listWebhooks> {
  return async ({ caller, query }) => {
    const project = query.project === undefined ? null : await deps.projects.get(caller, query.project);
    const webhooks = await deps.webhooks.list(caller, project?.id ?? null);
    return { status: 200, body: { items: webhooks.map(showWebhook) } };
  };
}

export function getWebhook(deps: Deps): Handler<typeof operations.getWebhook> {
  return async ({ caller, params }) => ({
    status: 200,
    body: showWebhook(await deps.webhooks.get(caller, params.webhook)),
  });
}

export function changeWebhook(deps: Deps): Handler<typeof operations.changeWebhook> {
  return async ({ caller, params, body }) => {
    if (body.repository_url !== undefined) judgeRepository(deps, body.repository_url);
    const webhook = await deps.webhooks.change(caller, params.webhook, settingsOf(body));
    deps.events.webhookChanged({ webhookId: webhook.id, what: 'changed' });
    return { status: 200, body: showWebhook(webhook) };
  };
}

export function rotateWebhook(deps: Deps): Handler<typeof operations.rotateWebhook> {
  return async ({ caller, params }) => {
    const secret = newSecret();
    const webhook = await deps.webhooks.rotate(caller, params.webhook, secret);
    deps.events.webhookChanged({ webhookId: webhook.id, what: 'rotated' });
    return { status: 200, body: { webhook: showWebhook(webhook), secret } };
  };
}

export function reconcileWebhook(deps: Deps): Handler<typeof operations.reconcileWebhook> {
  return async ({ caller, params }) => ({
    status: 202,
    body: showWebhook(await deps.webhooks.reconcile(caller, params.webhook)),
  });
}

export function deleteWebhook(deps: Deps): Handler<typeof operations.deleteWebhook> {
  return async ({ caller, params }) => {
    await deps.webhooks.remove(caller, params.webhook);
    deps.events.webhookChanged({ webhookId: params.webhook, what: 'removed' });
    return { status: 204 };
  };
}
