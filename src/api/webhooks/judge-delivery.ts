import { decide, type Verdict, type WebhookRules } from '../../domain/webhooks/decide.js';
import { toldHead } from '../../domain/webhooks/missed-pushes.js';
import type { WebhookProvider } from '../../domain/webhooks/provider.js';
import type { WebhookReader, WebhookRequest } from '../../ports/webhook-reader.js';
import type { JudgedDelivery, NewDelivery } from '../../ports/webhooks.js';

/** What is to be done about a verified request, by the rules of its webhook. */
export function judgeDelivery(
  reader: Pick<WebhookReader, 'read'>,
  webhook: WebhookRules & { readonly provider: WebhookProvider },
  request: WebhookRequest,
): JudgedDelivery & Pick<NewDelivery, 'told'> {
  const read = reader.read(webhook.provider, request);
  if ('refused' in read) return { status: 'refused', asked: null, reason: read.refused, told: null };
  const verdict = decide(read.event, webhook);
  return { ...judged(verdict), told: 'refused' in verdict ? null : toldHead(read.event) };
}

/** What a verdict makes of a delivery. */
export function judged(verdict: Verdict): JudgedDelivery {
  if ('refused' in verdict) return { status: 'refused', asked: null, reason: verdict.refused };
  if ('ignored' in verdict) return { status: 'ignored', asked: null, reason: verdict.ignored };
  if ('build' in verdict) return { status: 'pending', asked: verdict.build, reason: null };
  return { status: 'awaiting_approval', asked: verdict.approval, reason: verdict.reason };
}
