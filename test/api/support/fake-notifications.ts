import { NOTIFICATION_ID, TARGET_ID } from '../../../src/contracts/examples/names.js';
import { KilnError } from '../../../src/domain/errors.js';
import type {
  BadgeStore,
  NotificationStore,
  NotificationTarget,
  NotificationTargetStore,
  WholeNotification,
} from '../../../src/ports/notifications.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { NOW, TENANT } from './records.js';

export const FAKE_BADGE_TOKEN = 'a-token-of-a-badge';

const TARGET: NotificationTarget = {
  id: TARGET_ID,
  name: 'chat',
  kind: 'webhook',
  project: 'hello',
  url: 'https://hooks.example.com/kiln',
  gitHost: null,
  events: ['success'],
  isActive: true,
  disabled: null,
  pendingCount: 0,
  deadCount: 0,
  createdAt: NOW,
  updatedAt: NOW,
};

const NOTIFICATION: WholeNotification = {
  id: NOTIFICATION_ID,
  target: TARGET.name,
  eventType: 'test',
  buildId: null,
  buildNumber: null,
  state: 'delivered',
  attempts: 1,
  replayCount: 0,
  nextAttemptAt: null,
  responseStatus: 204,
  errorMessage: null,
  createdAt: NOW,
  settledAt: NOW,
  payload: '{"type":"test"}',
};

/** One target of the good token's tenant with one notification, and a badge. */
export function fakeNotifications() {
  const only = <T>({ tenantId }: TenantContext, name: string, answer: T): Promise<T> =>
    tenantId === TENANT.tenantId && [TARGET.name, TARGET_ID, NOTIFICATION_ID].includes(name)
      ? Promise.resolve(answer)
      : Promise.reject(new KilnError('not_found'));
  const notificationTargets: NotificationTargetStore = {
    create: (_tenant, target) => Promise.resolve({ ...TARGET, ...target, project: null }),
    list: () => Promise.resolve([TARGET]),
    get: (tenant, name) => only(tenant, name, TARGET),
    change: (tenant, name, { events = TARGET.events }) => only(tenant, name, { ...TARGET, events }),
    rotate: (tenant, name) => only(tenant, name, TARGET),
    remove: (tenant, name) => only(tenant, name, undefined),
  };
  const notifications: NotificationStore = {
    list: () => Promise.resolve({ items: [NOTIFICATION], nextCursor: null }),
    get: (tenant, id) => only(tenant, id, NOTIFICATION),
    replay: (tenant, id) => only(tenant, id, NOTIFICATION),
    replayDead: () => Promise.resolve(2),
    putTest: () => Promise.resolve(NOTIFICATION),
  };
  const badges: BadgeStore = {
    switchOn: () => Promise.resolve({ token: FAKE_BADGE_TOKEN }),
    switchOff: () => Promise.resolve(),
    read: (token) => Promise.resolve(token === FAKE_BADGE_TOKEN ? { status: 'success' } : null),
  };
  return { notificationTargets, notifications, badges, checkReceiver: () => undefined };
}
