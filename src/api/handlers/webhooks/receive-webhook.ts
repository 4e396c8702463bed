import type { receiveWebhook as operation } from '../../../contracts/delivery-operations.js';
import { ERRORS, KilnError } from '../../../domain/errors.js';
import type { WebhookRequest } from '../../../ports/webhook-reader.js';
import type { CalledWebhook, JudgedDelivery } from '../../../ports/webhooks.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { createDoorbell } from '../../webhooks/doorbell.js';
import { judgeDelivery } from '../../webhooks/judge-delivery.js';
import { BodyRoom } from '../../webhooks/read-body.js';
import { UnsignedRequests } from '../../webhooks/unsigned-requests.js';

type ReceiveDeps = Pick<ApiDeps, 'webhookIntake' | 'webhookReader' | 'events'>;

/** Those that say what a body is; none that shows or proves the secret. */
const KEPT_HEADERS =
  /^(?:content-type|user-agent|webhook-id|idempotency-key|x-[a-z]+-(?:event|delivery)[a-z-]*)$/;
const LONGEST_HEADER = 500;

/**
 * Stores a delivery and answers; the controller makes the build of it, which the row asks for and a doorbell brings forward. Who is not
 * answered sends it again, and is given the row of the first time.
 */
export function receiveWebhook(deps: ReceiveDeps): Handler<typeof operation> {
  const { webhookIntake: intake, webhookReader: reader, events } = deps;
  const room = new BodyRoom();
  const unsigned = new UnsignedRequests(intake);
  const ring = createDoorbell(
    () => intake.ring(),
    (error) => events.deliveryBellFailed({ error }),
  );
  return async ({ params, request }) => {
    const webhook = await intake.find(params.webhook);
    if (webhook === null) throw new KilnError('not_found', { message: 'There is no such webhook.' });
    return room.read(request, async (body) => {
      const came = { headers: request.headers, body };
      const verified = reader.verify(webhook.provider, came, webhook.secret, new Date());
      if ('refused' in verified) {
        events.deliveryReceived({ webhookId: webhook.id, status: 'unsigned', isDuplicate: false });
        throw await unsigned.refuse(webhook, verified.refused);
      }
      const receipt = await keep(deps, webhook, came);
      const { id: delivery, status, reason, buildId, created } = receipt;
      events.deliveryReceived({ webhookId: webhook.id, status, isDuplicate: !created });
      if (status === 'pending') ring();
      if (status === 'refused') throw new KilnError('delivery_refused', { message: reason ?? '' });
      const isNews = created && (status === 'pending' || status === 'awaiting_approval');
      return {
        status: isNews ? 202 : 200,
        body: { delivery, status, reason, build_id: buildId, is_duplicate: !created },
      };
    });
  };
}

async function keep(
  { webhookIntake: intake, webhookReader: reader }: ReceiveDeps,
  webhook: CalledWebhook,
  came: WebhookRequest,
) {
  const name = reader.identify(webhook.provider, came);
  if ('refused' in name) throw new KilnError('delivery_refused', { message: name.refused });
  const judged = judgeDelivery(reader, webhook, came);
  return intake.store(webhook, {
    ...name,
    ...judged,
    headers: keptHeaders(came),
    payload: came.body,
    responseStatus: statusOf(judged),
  });
}

function keptHeaders({ headers }: WebhookRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => KEPT_HEADERS.test(name))
      .map(([name, value]) => [name, String(value).slice(0, LONGEST_HEADER)]),
  );
}

function statusOf({ status }: JudgedDelivery): number {
  if (status === 'refused') return ERRORS.delivery_refused.status;
  return status === 'ignored' ? 200 : 202;
}
