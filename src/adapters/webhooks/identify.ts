import { createHash } from 'node:crypto';
import type { Refused, WebhookProvider } from '../../domain/webhooks/provider.js';
import type { DeliveryName, WebhookRequest } from '../../ports/webhook-reader.js';
import { headerOf } from './header.js';

/** Which headers name a delivery and its event, the first that is there. */
const HEADERS: Readonly<
  Record<WebhookProvider, { readonly id: readonly string[]; readonly type: readonly string[] }>
> = {
  github: { id: ['x-github-delivery'], type: ['x-github-event'] },
  gitlab: { id: ['webhook-id', 'idempotency-key'], type: ['x-gitlab-event'] },
  gitea: {
    id: ['x-gitea-delivery', 'x-forgejo-delivery', 'x-github-delivery'],
    type: ['x-gitea-event', 'x-forgejo-event', 'x-github-event'],
  },
  forgejo: {
    id: ['x-forgejo-delivery', 'x-gitea-delivery', 'x-github-delivery'],
    type: ['x-forgejo-event', 'x-gitea-event', 'x-github-event'],
  },
  generic: { id: ['webhook-id'], type: [] },
};

/** Reads how the provider calls a delivery; see the port. */
export function identifyDelivery(provider: WebhookProvider, request: WebhookRequest): DeliveryName | Refused {
  const { id: idHeaders, type: typeHeaders } = HEADERS[provider];
  const first = (names: readonly string[]): string | null =>
    names.map((name) => headerOf(request, name)).find((value) => value !== null) ?? null;
  const eventType = typeHeaders.length === 0 ? 'generic' : first(typeHeaders);
  const deliveryId = first(idHeaders) ?? (provider === 'gitlab' ? olderGitlab(request) : null);
  if (deliveryId === null || !/^[!-~]{1,200}$/.test(deliveryId)) {
    return {
      refused: `${idHeaders[0]} has to name the delivery in 1 to 200 characters of ASCII without blanks.`,
    };
  }
  if (eventType === null || !/^[ -~]{1,100}$/.test(eventType)) {
    return { refused: `${typeHeaders[0]} has to name the event in 1 to 100 characters of ASCII.` };
  }
  return { deliveryId, eventType };
}

/** Older versions send no Idempotency-Key; X-Gitlab-Event-UUID is shared by events that one of its webhooks has caused, so the body tells them apart. */
function olderGitlab(request: WebhookRequest): string | null {
  const uuid = headerOf(request, 'x-gitlab-event-uuid');
  if (uuid === null) return null;
  return `${uuid}:${createHash('sha256').update(request.body).digest('hex').slice(0, 32)}`;
}
