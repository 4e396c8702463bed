import { z } from 'zod';
import { NOTIFICATION_STATES } from '../domain/notifications/delivery-state.js';
import { NOTIFICATION_ID } from './examples/names.js';
import {
  EXAMPLE_NOTIFICATION,
  EXAMPLE_PAYLOAD,
  EXAMPLE_TARGET,
  NewNotificationTarget,
  Notification,
  NotificationTarget,
  NotificationTargetChange,
  NotificationTargetWithSecret,
} from './notifications.js';
import { operation } from './operation.js';
import { listOf, pageOf, pageQuery } from './parameters.js';

/** By name or id. */
const targetParams = z.strictObject({ target: z.string().min(1).max(100) });
const params = { target: EXAMPLE_TARGET.name };
const one = z.strictObject({ notification: z.uuid() });
const oneExample = { params: { notification: NOTIFICATION_ID } };
const bodyErrors = ['invalid_request', 'invalid_json', 'json_too_large'] as const;
const SECRET = 'whsec_c2hvd24tb25jZS1hbmQtbmV2ZXItYWdhaW4=';
const { name, kind, project, url, events } = EXAMPLE_TARGET;
const PENDING = {
  ...EXAMPLE_NOTIFICATION,
  ...({ state: 'pending', attempts: 0, response_status: null, settled_at: null } as const),
  next_attempt_at: EXAMPLE_NOTIFICATION.created_at,
};

export const addNotificationTarget = operation({
  id: 'addNotificationTarget',
  method: 'post',
  path: '/v1/notification-targets',
  tag: 'notifications',
  summary: 'Adds a target that is told of builds',
  description:
    'The secret that signs webhooks is shown in this answer only. A git host needs a token, which is stored encrypted and sent to its API alone.',
  auth: 'token',
  body: NewNotificationTarget,
  responses: { 201: { description: 'Added.', schema: NotificationTargetWithSecret } },
  errors: [...bodyErrors, 'not_found', 'conflict', 'host_not_allowed', 'keyring_missing'],
  example: {
    body: { name, kind, project, url, events },
    answer: { status: 201, body: { target: EXAMPLE_TARGET, secret: SECRET } },
  },
});

export const listNotificationTargets = operation({
  id: 'listNotificationTargets',
  method: 'get',
  path: '/v1/notification-targets',
  tag: 'notifications',
  summary: 'Lists targets by name, without their secrets',
  auth: 'token',
  query: z.strictObject({
    project: z.string().min(1).max(100).optional().describe('slug or id: those that hear of its builds'),
  }),
  responses: { 200: { description: 'All of them.', schema: listOf(NotificationTarget) } },
  errors: ['invalid_request', 'not_found'],
  example: { query: { project: 'app' }, answer: { status: 200, body: { items: [EXAMPLE_TARGET] } } },
});

export const getNotificationTarget = operation({
  id: 'getNotificationTarget',
  method: 'get',
  path: '/v1/notification-targets/:target',
  tag: 'notifications',
  summary: 'Shows a target without its secret',
  auth: 'token',
  params: targetParams,
  responses: { 200: { description: 'Found.', schema: NotificationTarget } },
  errors: ['not_found'],
  example: { params, answer: { status: 200, body: EXAMPLE_TARGET } },
});

export const changeNotificationTarget = operation({
  id: 'changeNotificationTarget',
  method: 'patch',
  path: '/v1/notification-targets/:target',
  tag: 'notifications',
  summary: 'Changes a target; what is left out stays',
  description:
    'Notifications that wait go to where the target is now. Switched on, it is not disabled any more.',
  auth: 'token',
  params: targetParams,
  body: NotificationTargetChange,
  responses: { 200: { description: 'Changed.', schema: NotificationTarget } },
  errors: [...bodyErrors, 'not_found', 'conflict', 'host_not_allowed', 'keyring_missing'],
  example: {
    params,
    body: { events: ['failed'] },
    answer: { status: 200, body: { ...EXAMPLE_TARGET, events: ['failed'] } },
  },
});

export const rotateNotificationTarget = operation({
  id: 'rotateNotificationTarget',
  method: 'post',
  path: '/v1/notification-targets/:target/rotate',
  tag: 'notifications',
  summary: 'Gives a target of webhooks a new secret, and shows it once',
  description: 'For a day both secrets sign, so that the receiver can change over.',
  auth: 'token',
  params: targetParams,
  responses: { 200: { description: 'Rotated.', schema: NotificationTargetWithSecret } },
  errors: ['not_found', 'conflict', 'keyring_missing'],
  example: { params, answer: { status: 200, body: { target: EXAMPLE_TARGET, secret: SECRET } } },
});

export const testNotificationTarget = operation({
  id: 'testNotificationTarget',
  method: 'post',
  path: '/v1/notification-targets/:target/test',
  tag: 'notifications',
  summary: 'Sends a test to a target, and says what came of it',
  description:
    'A webhook of the type `test`; a git host is asked for something that its token may read. It is tried once, and answered when it was sent or after 20 seconds.',
  auth: 'token',
  params: targetParams,
  responses: { 200: { description: 'What has become of it.', schema: Notification } },
  errors: ['not_found', 'conflict'],
  example: {
    params,
    answer: {
      status: 200,
      body: { ...EXAMPLE_NOTIFICATION, event_type: 'test', build_id: null, build_number: null },
    },
  },
});

export const listNotifications = operation({
  id: 'listNotifications',
  method: 'get',
  path: '/v1/notification-targets/:target/notifications',
  tag: 'notifications',
  summary: 'Lists the notifications of a target, newest first',
  description: 'They are kept for 30 days after they were delivered or given up.',
  auth: 'token',
  params: targetParams,
  query: pageQuery.extend({
    state: z.enum(NOTIFICATION_STATES, `expected one of ${NOTIFICATION_STATES.join(', ')}`).optional(),
  }),
  responses: { 200: { description: 'One page.', schema: pageOf(Notification) } },
  errors: ['invalid_request', 'not_found'],
  example: {
    params,
    query: { limit: '20' },
    answer: { status: 200, body: { items: [EXAMPLE_NOTIFICATION], next_cursor: null } },
  },
});

export const replayDeadNotifications = operation({
  id: 'replayDeadNotifications',
  method: 'post',
  path: '/v1/notification-targets/:target/replay',
  tag: 'notifications',
  summary: 'Sends all notifications of a target again that were given up',
  auth: 'token',
  params: targetParams,
  responses: { 200: { description: 'How many.', schema: z.strictObject({ replayed: z.int().min(0) }) } },
  errors: ['not_found'],
  example: { params, answer: { status: 200, body: { replayed: 3 } } },
});

export const removeNotificationTarget = operation({
  id: 'removeNotificationTarget',
  method: 'delete',
  path: '/v1/notification-targets/:target',
  tag: 'notifications',
  summary: 'Removes a target with the record of its notifications, also of those that wait',
  auth: 'token',
  params: targetParams,
  responses: { 204: { description: 'Removed.' } },
  errors: ['not_found'],
  example: { params, answer: { status: 204 } },
});

export const getNotification = operation({
  id: 'getNotification',
  method: 'get',
  path: '/v1/notifications/:notification',
  tag: 'notifications',
  summary: 'Shows what has become of a notification',
  auth: 'token',
  params: one,
  responses: { 200: { description: 'Found.', schema: Notification } },
  errors: ['not_found'],
  example: { ...oneExample, answer: { status: 200, body: EXAMPLE_NOTIFICATION } },
});

export const getNotificationPayload = operation({
  id: 'getNotificationPayload',
  method: 'get',
  path: '/v1/notifications/:notification/payload',
  tag: 'notifications',
  summary: 'Gives the body of a notification, byte by byte as it is sent',
  auth: 'token',
  params: one,
  responses: { 200: { description: 'The bytes.', contentType: 'application/json' } },
  errors: ['not_found'],
  example: { ...oneExample, answer: { status: 200, body: JSON.stringify(EXAMPLE_PAYLOAD) } },
});

export const replayNotification = operation({
  id: 'replayNotification',
  method: 'post',
  path: '/v1/notifications/:notification/replay',
  tag: 'notifications',
  summary: 'Sends a notification again, with the same id and body',
  auth: 'token',
  params: one,
  responses: { 200: { description: 'It waits to be sent.', schema: Notification } },
  errors: ['not_found', 'conflict'],
  example: { ...oneExample, answer: { status: 200, body: { ...PENDING, replay_count: 1 } } },
});
