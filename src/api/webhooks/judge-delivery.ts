import { requestedBy } from '../../acceptance/start-delivery.js';
import { toKilnError } from '../../domain/errors.js';
import { decide, type TriggeredBuild, type Verdict } from '../../domain/webhooks/decide.js';
import type { WebhookReader, WebhookRequest } from '../../ports/webhook-reader.js';
import type { JudgedDelivery, WebhookSettings } from '../../ports/webhooks.js';

type Judging = Pick<
  WebhookSettings,
  'provider' | 'buildMethod' | 'preset' | keyof Parameters<typeof decide>[1]
>;

/** What is to be done about a verified request, by the settings of its webhook. */
export function judgeDelivery(
  reader: Pick<WebhookReader, 'read'>,
  webhook: Judging,
  request: WebhookRequest,
): JudgedDelivery {
  const read = reader.read(webhook.provider, request);
  if ('refused' in read) return { status: 'refused', asked: null, reason: read.refused };
  const verdict = decide(read.event, webhook);
  if ('refused' in verdict) return { status: 'refused', asked: null, reason: verdict.refused };
  if (read.isTest) return { status: 'ignored', asked: null, reason: wordsOfTest(verdict, webhook) };
  if ('ignored' in verdict) return { status: 'ignored', asked: null, reason: verdict.ignored };
  if ('build' in verdict) return { status: 'pending', asked: verdict.build, reason: null };
  return { status: 'awaiting_approval', asked: verdict.approval, reason: verdict.reason };
}

/** What would come of an event that is only a test. */
function wordsOfTest(verdict: Exclude<Verdict, { refused: string }>, webhook: Judging): string {
  if ('ignored' in verdict) return `A test. What is like it starts no build: ${verdict.ignored}`;
  if ('approval' in verdict) return `A test. What is like it waits for an approval: ${verdict.reason}`;
  return `A test. What is like it ${outcomeOf(verdict.build, webhook)}`;
}

function outcomeOf(asked: TriggeredBuild, webhook: Judging): string {
  try {
    const { destinations } = requestedBy({ ...webhook, asked });
    return `builds ${asked.ref}${destinations.length === 0 ? '' : ` to ${destinations.join(', ')}`}.`;
  } catch (error) {
    return `fails: ${toKilnError(error).message}`;
  }
}
