import { NOTIFICATION_ID } from '../../../src/contracts/examples/names.js';
import type { Example } from './example.js';
import { FAKE_BADGE_TOKEN } from './fake-notifications.js';
import { NOBODY_ID } from './records.js';

const target = (rest: string): Example => ({
  path: `/v1/notification-targets/chat${rest}`,
  ok: 200,
  missing: `/v1/notification-targets/nothing${rest}`,
});
const notification = (rest: string): Example => ({
  path: `/v1/notifications/${NOTIFICATION_ID}${rest}`,
  ok: 200,
  missing: `/v1/notifications/${NOBODY_ID}${rest}`,
});
const badge = { path: '/v1/projects/hello/badge', missing: '/v1/projects/nothing/badge' };
const NEW = { name: 'chat', kind: 'webhook', url: 'https://hooks.example.com/kiln' };

/** Calls of the operations on notifications and badges, for the suite that calls every operation. */
export const NOTIFICATION_EXAMPLES: Record<string, Example> = {
  switchBadgeOn: { ...badge, method: 'POST', ok: 200 },
  switchBadgeOff: { ...badge, method: 'DELETE', ok: 204 },
  getBadge: {
    path: `/v1/projects/hello/badge.svg?token=${FAKE_BADGE_TOKEN}`,
    ok: 200,
    cacheControl: 'public, max-age=30',
    missing: '/v1/projects/hello/badge.svg?token=another',
    bad: { path: '/v1/projects/hello/badge.svg?token=x&brnch=main' },
  },
  addNotificationTarget: {
    method: 'POST',
    path: '/v1/notification-targets',
    ok: 201,
    body: NEW,
    bad: { body: { ...NEW, url: 'https://user:secret@hooks.example.com' } },
  },
  listNotificationTargets: {
    path: '/v1/notification-targets?project=hello',
    ok: 200,
    missing: '/v1/notification-targets?project=nothing',
    bad: { path: '/v1/notification-targets?projct=hello' },
  },
  getNotificationTarget: target(''),
  changeNotificationTarget: {
    ...target(''),
    method: 'PATCH',
    body: { events: ['failed'] },
    bad: { body: { events: ['lost'] } },
  },
  rotateNotificationTarget: { ...target('/rotate'), method: 'POST' },
  testNotificationTarget: { ...target('/test'), method: 'POST' },
  listNotifications: {
    ...target('/notifications'),
    bad: { path: '/v1/notification-targets/chat/notifications?state=lost' },
  },
  replayDeadNotifications: { ...target('/replay'), method: 'POST' },
  removeNotificationTarget: { ...target(''), method: 'DELETE', ok: 204 },
  getNotification: notification(''),
  getNotificationPayload: notification('/payload'),
  replayNotification: { ...notification('/replay'), method: 'POST' },
};
