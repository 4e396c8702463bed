import type {
  Notification as ShownNotification,
  NotificationTarget as ShownTarget,
} from '../../../contracts/notifications.js';
import type { Notification, NotificationTarget } from '../../../ports/notifications.js';

export function showTarget(target: NotificationTarget): ShownTarget {
  return {
    id: target.id,
    name: target.name,
    kind: target.kind,
    project: target.project,
    url: target.url,
    git_host: target.gitHost,
    events: [...target.events],
    is_active: target.isActive,
    disabled_at: target.disabled?.at ?? null,
    disabled_reason: target.disabled?.reason ?? null,
    pending_count: target.pendingCount,
    dead_count: target.deadCount,
    created_at: target.createdAt,
    updated_at: target.updatedAt,
  };
}

export function showNotification(one: Notification): ShownNotification {
  return {
    id: one.id,
    target: one.target,
    event_type: one.eventType,
    build_id: one.buildId,
    build_number: one.buildNumber,
    state: one.state,
    attempts: one.attempts,
    replay_count: one.replayCount,
    next_attempt_at: one.nextAttemptAt,
    response_status: one.responseStatus,
    error_message: one.errorMessage,
    created_at: one.createdAt,
    settled_at: one.settledAt,
  };
}
