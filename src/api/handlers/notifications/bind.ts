import * as notifications from '../../../contracts/notification-operations.js';
import { bind, type Bound } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import {
  getNotification,
  getNotificationPayload,
  listNotifications,
  replayDeadNotifications,
  replayNotification,
  testNotificationTarget,
} from './manage-notifications.js';
import {
  addNotificationTarget,
  changeNotificationTarget,
  getNotificationTarget,
  listNotificationTargets,
  removeNotificationTarget,
  rotateNotificationTarget,
} from './manage-targets.js';

/** The operations on notifications with their handlers. */
export function bindNotifications(deps: ApiDeps): Bound[] {
  return [
    bind(notifications.addNotificationTarget, addNotificationTarget(deps)),
    bind(notifications.listNotificationTargets, listNotificationTargets(deps)),
    bind(notifications.getNotificationTarget, getNotificationTarget(deps)),
    bind(notifications.changeNotificationTarget, changeNotificationTarget(deps)),
    bind(notifications.testNotificationTarget, testNotificationTarget(deps)),
    bind(notifications.listNotifications, listNotifications(deps)),
    bind(notifications.getNotification, getNotification(deps)),
    bind(notifications.getNotificationPayload, getNotificationPayload(deps)),
    bind(notifications.replayNotification, replayNotification(deps)),
    bind(notifications.replayDeadNotifications, replayDeadNotifications(deps)),
    bind(notifications.rotateNotificationTarget, rotateNotificationTarget(deps)),
    bind(notifications.removeNotificationTarget, removeNotificationTarget(deps)),
  ];
}
