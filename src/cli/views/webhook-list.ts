import type { Delivery, Webhook, WebhookWithSecret } from '../../contracts/webhooks.js';
import type { Style } from '../terminal/style.js';
import { stripEscapes } from '../terminal/escapes.js';
import { factLines, wrappedRows } from '../terminal/table.js';
import { formatAge } from '../terminal/units.js';
import { hangingLines, wrapWords } from '../terminal/wrap.js';
import { presetText } from './preset-text.js';

interface Canvas {
  readonly columns: number;
  readonly nowMs: number;
  readonly style: Style;
}

const INDENT = 2;

/** Webhooks as a table. */
export function webhookListLines(webhooks: readonly Webhook[], { columns, nowMs, style }: Canvas): string[] {
  if (webhooks.length === 0)
    return ['No webhooks yet. `kiln webhooks add NAME --project PROJECT --repository URL` adds one.'];
  const titles = ['WEBHOOK', 'PROJECT', 'PROVIDER', 'STATE', 'LAST', 'REPOSITORY'];
  const rows = webhooks.map((webhook) => [
    webhook.name,
    webhook.project,
    webhook.provider,
    stateOf(webhook),
    lastOf(webhook, nowMs),
    webhook.repository_url,
  ]);
  const [head = [], ...lines] = wrappedRows([titles, ...rows], columns);
  return [
    ...head.map((line) => style.dim(line)),
    ...webhooks.flatMap((webhook, index) => {
      const trouble = troubleOf(webhook, nowMs);
      return [...(lines[index] ?? []), ...(trouble === '' ? [] : hangingLines(trouble, columns, INDENT))];
    }),
  ];
}

/** A webhook as one page. */
export function webhookPageLines(
  webhook: Webhook,
  { columns, nowMs, style }: Canvas,
  apiUrl: string,
): string[] {
  const facts: [string, string][] = [
    ['address', addressOf(webhook, apiUrl)],
    ['project', webhook.project],
    ['provider', webhook.provider],
    ['repository', webhook.repository_url],
    ['state', stateOf(webhook)],
    ['events', webhook.event_types.join(', ')],
    ['branches', webhook.branch_patterns.join(' ') || 'all'],
    ['tags', webhook.tag_patterns.join(' ') || 'all'],
    ['files', webhook.path_patterns.join(' ') || 'all'],
    ['method', webhook.build_method ?? ''],
    ['preset', stripEscapes(presetText(webhook.build_config_preset))],
    ['coalesces', webhook.coalesce_seconds === 0 ? '' : `${webhook.coalesce_seconds} s`],
    ['last', lastOf(webhook, nowMs)],
    ['unsigned', unsignedOf(webhook, nowMs)],
    ['heads', readingOf(webhook, nowMs)],
    ['trouble', troubleOf(webhook, nowMs)],
  ];
  return [style.bold(webhook.name), ...factLines(facts, columns)];
}

/** What has happened to a webhook, and what to paste where. The secret is shown this once. */
export function secretLines(
  happened: string,
  { webhook, secret }: WebhookWithSecret,
  columns: number,
  apiUrl: string,
): string[] {
  return [
    ...wrapWords(`${happened} ${WHERE[webhook.provider]}`, columns),
    '',
    ...factLines(
      [
        ['URL', addressOf(webhook, apiUrl)],
        ['secret', secret],
      ],
      columns,
    ),
    '',
    ...wrapWords(
      'The secret is not shown again. The URL begins as Kiln is reached from here: the git host may need another name for it.',
      columns,
    ),
  ];
}

const WHERE: Readonly<Record<Webhook['provider'], string>> = {
  github:
    'On GitHub: Settings, Webhooks, Add webhook. Payload URL and Secret as below, Content type application/json; select pushes, pull requests and releases as it needs them.',
  gitlab: 'On GitLab: Settings, Webhooks, Add new webhook. URL as below, and the secret as Secret token.',
  gitea:
    'On Gitea: Settings, Webhooks, Add Webhook, Gitea. Target URL and Secret as below, POST, application/json.',
  forgejo:
    'On Forgejo: Settings, Webhooks, Add webhook, Forgejo. Target URL and Secret as below, POST, application/json.',
  generic: 'Send JSON there, signed as Standard Webhooks says: docs/webhooks.md has an example.',
};

/** Deliveries as a table, each that has no build with the reason below it. */
export function deliveryListLines(
  deliveries: readonly Delivery[],
  { columns, nowMs, style }: Canvas,
): string[] {
  if (deliveries.length === 0) return ['No deliveries are kept.'];
  const titles = ['DELIVERY', 'CAME', 'EVENT', 'STATUS', 'BUILD', 'REF'];
  const rows = deliveries.map((one) => [
    one.id,
    formatAge(one.created_at, nowMs),
    plain(one.event_type),
    one.status.replaceAll('_', ' '),
    one.build_number === null ? '-' : `#${one.build_number}`,
    plain(one.ref ?? '-'),
  ]);
  const [head = [], ...lines] = wrappedRows([titles, ...rows], columns);
  return [
    ...head.map((line) => style.dim(line)),
    ...deliveries.flatMap(({ reason }, index) => [
      ...(lines[index] ?? []),
      ...(reason === null ? [] : hangingLines(plain(reason), columns, INDENT)),
    ]),
  ];
}

/** A delivery as one page. */
export function deliveryPageLines(delivery: Delivery, { columns, nowMs, style }: Canvas): string[] {
  const { status, attempt_number: tries } = delivery;
  const facts: [string, string | null][] = [
    ['webhook', delivery.webhook],
    ['event', delivery.event_type],
    ['named', delivery.delivery_id],
    ['came', formatAge(delivery.created_at, nowMs)],
    ['status', status.replaceAll('_', ' ')],
    ['because', delivery.reason],
    ['build', delivery.build_id === null ? null : `#${delivery.build_number} (${delivery.build_id})`],
    ['ref', delivery.ref],
    ['commit', delivery.commit],
    ['author', delivery.author],
    ['secrets', delivery.without_secrets ? 'none: it comes from another repository' : null],
    ['answered', delivery.response_status === null ? null : String(delivery.response_status)],
    ['tries', tries === 0 ? null : String(tries)],
    ['last error', delivery.error_message === delivery.reason ? null : delivery.error_message],
    ['next try', delivery.next_retry_at],
    ['replays', delivery.replay_count === 0 ? null : String(delivery.replay_count)],
    ['approved', decisionText(delivery, delivery.approved_at)],
    ['rejected', decisionText(delivery, delivery.rejected_at)],
    ['to build it', status === 'awaiting_approval' ? `kiln webhooks approve ${delivery.id}` : null],
    ['to refuse it', status === 'awaiting_approval' ? `kiln webhooks reject ${delivery.id}` : null],
  ];
  return [
    style.bold(delivery.id),
    ...factLines(
      facts.map(([name, value]) => [name, value === null ? null : plain(value)]),
      columns,
    ),
  ];
}

/** On one line, without what would move the cursor. */
function plain(text: string): string {
  return stripEscapes(text).replaceAll('\n', ' ');
}

function decisionText({ decided_by: by }: Delivery, at: string | null): string | null {
  return at === null || by === null ? at : `${at}, by ${by}`;
}

function addressOf({ url_path: urlPath }: Webhook, apiUrl: string): string {
  return `${apiUrl.replace(/\/$/, '')}${urlPath}`;
}

function stateOf({ is_active, is_verified, auto_build_enabled }: Webhook): string {
  if (!is_active) return 'switched off';
  if (!auto_build_enabled) return 'builds nothing';
  return is_verified ? 'verified' : 'not verified';
}

function lastOf({ last_delivery_at: at, last_delivery_status: status }: Webhook, nowMs: number): string {
  return at === null ? 'never' : `${status?.replaceAll('_', ' ')}, ${formatAge(at, nowMs)}`;
}

/** When the branches were last compared with what was told. */
function readingOf({ is_active, reconciled_at: at }: Webhook, nowMs: number): string {
  if (!is_active) return '';
  return at === null ? 'not read yet' : `read ${formatAge(at, nowMs)}`;
}

function troubleOf({ reconcile_trouble: trouble, reconcile_trouble_at: at }: Webhook, nowMs: number): string {
  if (at === null) return '';
  return `heads could not be read ${formatAge(at, nowMs)}: ${stripEscapes(trouble ?? '').replaceAll('\n', ' ')}`;
}

function unsignedOf(webhook: Webhook, nowMs: number): string {
  const { refused_count: count, last_refused_at: at, last_refused_reason: reason } = webhook;
  if (at === null) return '';
  return `${count} refused, the last ${formatAge(at, nowMs)}: ${plain(reason ?? '')}`;
}
