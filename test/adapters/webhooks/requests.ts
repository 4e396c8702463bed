import { createHmac } from 'node:crypto';
import type { WebhookProvider } from '../../../src/domain/webhooks/provider.js';
import type { WebhookRequest } from '../../../src/ports/webhook-reader.js';

export const SECRET = 'a secret of the test';
export const NOW = new Date('2026-11-30T12:00:00Z');

type Headers = Record<string, string | undefined>;

/** A request with these headers; those that are undefined are left out. */
export function aRequest(body: object | string | Uint8Array, headers: Headers = {}): WebhookRequest {
  const bytes =
    body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { body: bytes, headers: { 'content-type': 'application/json', ...headers } };
}

export function hmac(body: Uint8Array, secret = SECRET, encoding: 'hex' | 'base64' = 'hex'): string {
  return createHmac('sha256', secret).update(body).digest(encoding);
}

/** A request as the provider sends it, signed with the secret of the tests. */
export function signed(provider: WebhookProvider, eventType: string, body: object): WebhookRequest {
  const { body: bytes } = aRequest(body);
  const time = String(Math.floor(NOW.getTime() / 1000));
  const ofGitea = {
    'x-gitea-delivery': 'delivery-1',
    'x-gitea-event': eventType,
    'x-gitea-signature': hmac(bytes),
    'x-github-delivery': 'delivery-1',
    'x-github-event': eventType,
    'x-hub-signature-256': `sha256=${hmac(bytes)}`,
  };
  const headers: Record<WebhookProvider, Headers> = {
    github: {
      'x-github-delivery': 'delivery-1',
      'x-github-event': eventType,
      'x-hub-signature-256': `sha256=${hmac(bytes)}`,
    },
    gitlab: { 'idempotency-key': 'delivery-1', 'x-gitlab-event': eventType, 'x-gitlab-token': SECRET },
    gitea: ofGitea,
    forgejo: {
      ...ofGitea,
      'x-forgejo-delivery': 'delivery-1',
      'x-forgejo-event': eventType,
      'x-forgejo-signature': hmac(bytes),
    },
    generic: {
      'webhook-id': 'delivery-1',
      'webhook-timestamp': time,
      'webhook-signature': `v1,${hmac(Buffer.concat([Buffer.from(`delivery-1.${time}.`), bytes]), SECRET, 'base64')}`,
    },
  };
  return aRequest(bytes, headers[provider]);
}
