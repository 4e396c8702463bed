import type { Notification, NotificationTarget } from '../../contracts/notifications.js';
import { stripEscapes } from '../terminal/escapes.js';
import type { Style } from '../terminal/style.js';
import { tableLines } from '../terminal/table.js';
import { formatAge } from '../terminal/units.js';

interface Canvas {
  readonly columns: number;
  readonly nowMs: number;
  readonly style: Style;
}

const INDENT = '  ';

/** Targets as a table. */
export function targetListLines(
  targets: readonly NotificationTarget[],
  { columns, style }: Canvas,
): string[] {
  if (targets.length === 0) return ['No targets yet. `kiln notifications add NAME --url URL` adds one.'];
  const titles = ['TARGET', 'KIND', 'PROJECT', 'STATE', 'WAITING', 'DEAD', 'URL'];
  const rows = targets.map((target) => [
    target.name,
    target.kind,
    target.project ?? 'all',
    stateOf(target),
    String(target.pending_count),
    String(target.dead_count),
    target.url,
  ]);
  const [head = '', ...lines] = tableLines([titles, ...rows], columns);
  return [style.dim(head), ...lines];
}

/** A target as one page. */
export function targetPageLines(target: NotificationTarget, { nowMs, style }: Canvas): string[] {
  const facts: [string, string | null][] = [
    ['kind', target.kind],
    ['url', target.url],
    ['sources', target.git_host],
    ['project', target.project ?? 'all'],
    ['events', target.events.join(', ')],
    ['state', stateOf(target)],
    ['since', target.disabled_at === null ? null : formatAge(target.disabled_at, nowMs)],
    ['because', target.disabled_reason],
    ['waiting', String(target.pending_count)],
    ['dead', String(target.dead_count)],
  ];
  return [style.bold(target.name), ...factLines(facts)];
}

/** Notifications as a table, each that is not delivered with the reason below it. */
export function notificationListLines(
  notifications: readonly Notification[],
  { columns, nowMs, style }: Canvas,
): string[] {
  if (notifications.length === 0) return ['No notifications are kept.'];
  const titles = ['NOTIFICATION', 'WRITTEN', 'EVENT', 'BUILD', 'STATE', 'TRIES'];
  const rows = notifications.map((one) => [
    one.id,
    formatAge(one.created_at, nowMs),
    one.event_type,
    one.build_number === null ? '-' : `#${one.build_number}`,
    one.state,
    String(one.attempts),
  ]);
  const [head = '', ...lines] = tableLines([titles, ...rows], columns);
  return [
    style.dim(head),
    ...notifications.flatMap((one, index) => [
      lines[index] ?? '',
      ...(one.error_message === null ? [] : [`${INDENT}${stripEscapes(one.error_message)}`]),
    ]),
  ];
}

/** A notification as one page. */
export function notificationPageLines(one: Notification, { nowMs, style }: Canvas): string[] {
  const facts: [string, string | null][] = [
    ['target', one.target],
    ['event', one.event_type],
    ['build', one.build_id === null ? null : `#${one.build_number} (${one.build_id})`],
    ['written', formatAge(one.created_at, nowMs)],
    ['state', one.state],
    ['because', one.error_message],
    ['answered', one.response_status === null ? null : String(one.response_status)],
    ['tries', String(one.attempts)],
    ['replays', one.replay_count === 0 ? null : String(one.replay_count)],
    ['next try', one.next_attempt_at],
  ];
  return [style.bold(one.id), ...factLines(facts)];
}

function factLines(facts: readonly (readonly [string, string | null])[]): string[] {
  const rows = facts.flatMap(([name, value]) =>
    value === null ? [] : [[`${INDENT}${name}`, stripEscapes(value.replaceAll('\n', ' '))]],
  );
  return tableLines(rows, Infinity);
}

function stateOf({ is_active: isActive, disabled_at: disabledAt }: NotificationTarget): string {
  if (isActive) return 'on';
  return disabledAt === null ? 'switched off' : 'disabled';
}
