import { createHmac, randomUUID } from 'node:crypto';
import type { WebhookProvider } from '../../src/domain/webhooks/provider.js';

/** What a provider sends to a webhook. */
export interface SentDelivery {
  readonly method: 'POST';
  readonly token: null;
  readonly raw: Buffer;
  readonly headers: Record<string, string>;
}

/** A request as the provider sends it now, signed with the secret. `form`: as GitHub sends it when it is told to. */
export function sentBy(
  provider: WebhookProvider,
  eventType: string,
  body: object | Uint8Array,
  { secret, id = randomUUID(), form = false }: { secret: string; id?: string; form?: boolean },
): SentDelivery {
  const json = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
  const raw = Buffer.from(form ? new URLSearchParams({ payload: json.toString() }).toString() : json);
  const hmac = createHmac('sha256', secret).update(raw).digest('hex');
  const time = String(Math.floor(Date.now() / 1000));
  const standard = createHmac('sha256', secret).update(`${id}.${time}.`).update(raw).digest('base64');
  const headers: Record<WebhookProvider, Record<string, string>> = {
    github: {
      'x-github-delivery': id,
      'x-github-event': eventType,
      'x-hub-signature-256': `sha256=${hmac}`,
    },
    gitlab: { 'idempotency-key': id, 'x-gitlab-event': eventType, 'x-gitlab-token': secret },
    gitea: { 'x-gitea-delivery': id, 'x-gitea-event': eventType, 'x-gitea-signature': hmac },
    forgejo: { 'x-forgejo-delivery': id, 'x-forgejo-event': eventType, 'x-forgejo-signature': hmac },
    generic: { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${standard}` },
  };
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
  return { method: 'POST', token: null, raw, headers: { 'content-type': type, ...headers[provider] } };
}
