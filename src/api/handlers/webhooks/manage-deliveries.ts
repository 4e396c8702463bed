import type * as operations from '../../../contracts/delivery-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { judgeMissed } from '../../../domain/webhooks/missed-pushes.js';
import { judged, judgeDelivery } from '../../webhooks/judge-delivery.js';
import { showDelivery } from './show-webhook.js';

type Deps = Pick<ApiDeps, 'webhooks' | 'deliveries' | 'webhookIntake' | 'webhookReader' | 'events'>;

export function listDeliveries(deps: Deps): Handler<typeof operations.listDeliveries> {
  return async ({ caller, params, query }) => {
    const webhook = await deps.webhooks.get(caller, params.webhook);
    const { limit, cursor = null, status = null } = query;
    const page = await deps.deliveries.list(caller, webhook.id, { limit, cursor, status });
    return { status: 200, body: { items: page.items.map(showDelivery), next_cursor: page.nextCursor } };
  };
}

export function getDelivery(deps: Deps): Handler<typeof operations.getDelivery> {
  return async ({ caller, params }) => ({
    status: 200,
    body: showDelivery(await deps.deliveries.get(caller, params.delivery)),
  });
}

export function getDeliveryPayload(deps: Deps): Handler<typeof operations.getDeliveryPayload> {
  return async ({ caller, params }) => {
    const { payload } = await deps.deliveries.get(caller, params.delivery);
    return {
      status: 200,
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(payload.length) },
      stream: (response) => new Promise((resolve) => response.end(payload, () => resolve())),
    };
  };
}

/** What came is judged as if it came now, except that it was verified when it came. */
export function replayDelivery(deps: Deps): Handler<typeof operations.replayDelivery> {
  return async ({ caller, params, body }) => {
    const came = await deps.deliveries.get(caller, params.delivery);
    const webhook = await deps.webhooks.get(caller, came.webhookId);
    const verdict =
      came.missed === null
        ? judgeDelivery(deps.webhookReader, webhook, { headers: came.headers, body: came.payload })
        : judged(judgeMissed(came.missed, webhook));
    const delivery = await deps.deliveries.replay(caller, came.id, verdict, body.again);
    await bringForward(deps);
    return { status: 200, body: showDelivery(delivery) };
  };
}

export function approveDelivery(deps: Deps): Handler<typeof operations.approveDelivery> {
  return async ({ caller, params }) => {
    const delivery = await deps.deliveries.approve(caller, params.delivery);
    await bringForward(deps);
    return { status: 200, body: showDelivery(delivery) };
  };
}

export function rejectDelivery(deps: Deps): Handler<typeof operations.rejectDelivery> {
  return async ({ caller, params }) => ({
    status: 200,
    body: showDelivery(await deps.deliveries.reject(caller, params.delivery)),
  });
}

/** The stored row is the message; the controller also looks by itself. */
async function bringForward({ webhookIntake, events }: Deps): Promise<void> {
  await webhookIntake.ring().catch((error: unknown) => events.deliveryBellFailed({ error }));
}
