import type * as operations from '../../../contracts/notification-operations.js';
import { KilnError } from '../../../domain/errors.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { showNotification } from './show-target.js';

type Deps = Pick<ApiDeps, 'notificationTargets' | 'notifications' | 'changes' | 'closing'>;

/** A little more than a controller gives a receiver. */
const TEST_MS = 20_000;

export function listNotifications(deps: Deps): Handler<typeof operations.listNotifications> {
  return async ({ caller, params, query }) => {
    const { id } = await deps.notificationTargets.get(caller, params.target);
    const { limit, cursor = null, state = null } = query;
    const page = await deps.notifications.list(caller, id, { limit, cursor, state });
    return { status: 200, body: { items: page.items.map(showNotification), next_cursor: page.nextCursor } };
  };
}

export function getNotification(deps: Deps): Handler<typeof operations.getNotification> {
  return async ({ caller, params }) => ({
    status: 200,
    body: showNotification(await deps.notifications.get(caller, params.notification)),
  });
}

export function getNotificationPayload(deps: Deps): Handler<typeof operations.getNotificationPayload> {
  return async ({ caller, params }) => ({
    status: 200,
    text: (await deps.notifications.get(caller, params.notification)).payload,
  });
}

export function replayNotification(deps: Deps): Handler<typeof operations.replayNotification> {
  return async ({ caller, params }) => ({
    status: 200,
    body: showNotification(await deps.notifications.replay(caller, params.notification)),
  });
}

export function replayDeadNotifications(deps: Deps): Handler<typeof operations.replayDeadNotifications> {
  return async ({ caller, params }) => {
    const { id } = await deps.notificationTargets.get(caller, params.target);
    return { status: 200, body: { replayed: await deps.notifications.replayDead(caller, id) } };
  };
}

/** The controller sends it; a doorbell tells when there may be something to say. */
export function testNotificationTarget(deps: Deps): Handler<typeof operations.testNotificationTarget> {
  return async ({ caller, params }) => {
    const { id: targetId, isActive } = await deps.notificationTargets.get(caller, params.target);
    if (!isActive)
      throw new KilnError('conflict', {
        message: 'The target is switched off.',
        fix: 'Switch it on first: `kiln notifications set TARGET --on`.',
      });
    const { id } = await deps.notifications.putTest(caller, targetId);
    const late = AbortSignal.any([AbortSignal.timeout(TEST_MS), deps.closing]);
    for (;;) {
      const { rung, stop } = nextRing(deps.changes, late);
      try {
        const now = await deps.notifications.get(caller, id);
        if (now.state !== 'pending' || late.aborted) return { status: 200, body: showNotification(now) };
        await rung;
      } finally {
        stop();
      }
    }
  };
}

/** Listens before the row is read, so that nothing is missed in between. */
function nextRing(changes: Deps['changes'], late: AbortSignal) {
  let ring = (): void => undefined;
  const rung = new Promise<void>((resolve) => (ring = resolve));
  const stopListening = changes.onNotifications(ring);
  late.addEventListener('abort', ring, { once: true });
  return {
    rung,
    stop: () => {
      stopListening();
      late.removeEventListener('abort', ring);
    },
  };
}
