import { type Insertable, type Selectable, sql } from 'kysely';
import type { Webhook, WebhookSettings } from '../../ports/webhooks.js';
import type { WebhookRules } from '../../domain/webhooks/decide.js';
import { isUuid } from '../../domain/ids.js';
import { KilnError } from '../../domain/errors.js';
import type { Tx } from '../database.js';
import type { WebhookConfigsTable } from '../schema/webhooks.js';
import { toJson } from '../storable.js';
import { isoOrNull, NOW } from '../times.js';

/** The rules of a row. */
export function toRules(
  row: Pick<
    Selectable<WebhookConfigsTable>,
    | 'repository_url'
    | 'auto_build_enabled'
    | 'event_types'
    | 'branch_patterns'
    | 'tag_patterns'
    | 'path_patterns'
  >,
): WebhookRules {
  return {
    repositoryUrl: row.repository_url,
    autoBuildEnabled: row.auto_build_enabled,
    eventTypes: row.event_types,
    branchPatterns: row.branch_patterns,
    tagPatterns: row.tag_patterns,
    pathPatterns: row.path_patterns,
  };
}

/** The columns of settings, without those that are not said. */
export function settingColumns(settings: Partial<WebhookSettings>): Partial<Insertable<WebhookConfigsTable>> {
  const { name, provider, repositoryUrl, eventTypes, branchPatterns, tagPatterns, pathPatterns } = settings;
  const { autoBuildEnabled, buildMethod, preset, coalesceSeconds, isActive } = settings;
  return {
    ...(name !== undefined && { webhook_name: name }),
    ...(provider !== undefined && { provider }),
    ...(repositoryUrl !== undefined && { repository_url: repositoryUrl }),
    ...(eventTypes !== undefined && { event_types: toJson(eventTypes) }),
    ...(branchPatterns !== undefined && { branch_patterns: toJson(branchPatterns) }),
    ...(tagPatterns !== undefined && { tag_patterns: toJson(tagPatterns) }),
    ...(pathPatterns !== undefined && { path_patterns: toJson(pathPatterns) }),
    ...(autoBuildEnabled !== undefined && { auto_build_enabled: autoBuildEnabled }),
    ...(buildMethod !== undefined && { build_method: buildMethod }),
    ...(preset !== undefined && { build_config_preset: toJson(preset) }),
    ...(coalesceSeconds !== undefined && { coalesce_seconds: coalesceSeconds }),
    ...(isActive !== undefined && { is_active: isActive }),
  };
}

/** The next reading of the heads records them and builds nothing, and one that is under way comes to nothing. */
export function beginReadingAnew() {
  return {
    ...{ next_reconcile_at: NOW, reconcile_number: sql<number>`reconcile_number + 1` },
    ...{ reconciled_at: null, reconcile_trouble: null, reconcile_trouble_at: null },
  };
}

/** All webhooks that the transaction sees, each with its newest delivery. */
export function selectWebhooks(tx: Tx) {
  return tx
    .selectFrom('webhook_configs as w')
    .innerJoin('projects as p', 'p.id', 'w.project_id')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('webhook_deliveries as d')
          .select(['d.created_at as last_at', 'd.delivery_status as last_status'])
          .whereRef('d.tenant_id', '=', 'w.tenant_id')
          .whereRef('d.webhook_config_id', '=', 'w.id')
          .orderBy('d.created_at', 'desc')
          .orderBy('d.id', 'desc')
          .limit(1)
          .as('last'),
      (join) => join.on(sql<boolean>`true`),
    )
    .selectAll('w')
    .select(['p.slug as project', 'last.last_at', 'last.last_status']);
}

type Row = Awaited<ReturnType<ReturnType<typeof selectWebhooks>['executeTakeFirstOrThrow']>>;

export function toWebhook(row: Row): Webhook {
  return {
    ...toRules(row),
    id: row.id,
    projectId: row.project_id,
    project: row.project,
    name: row.webhook_name,
    urlPath: row.webhook_url,
    provider: row.provider,
    buildMethod: row.build_method,
    preset: row.build_config_preset,
    coalesceSeconds: row.coalesce_seconds,
    isActive: row.is_active,
    isVerified: row.is_verified,
    lastDelivery:
      row.last_at === null || row.last_status === null
        ? null
        : { at: row.last_at.toISOString(), status: row.last_status },
    reconciliation: {
      lastAt: isoOrNull(row.reconciled_at),
      nextAt: row.next_reconcile_at.toISOString(),
      trouble:
        row.reconcile_trouble_at === null
          ? null
          : { at: row.reconcile_trouble_at.toISOString(), text: row.reconcile_trouble ?? '' },
    },
    refusals:
      row.last_refused_at === null
        ? null
        : {
            count: row.refused_count,
            lastAt: row.last_refused_at.toISOString(),
            lastReason: row.last_refused_reason ?? '',
          },
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/** The tenant's webhook of this name or id, its row locked; not_found otherwise. */
export async function lockWebhook(
  tx: Tx,
  nameOrId: string,
): Promise<{ id: string; tenant_id: string; isActive: boolean }> {
  const row = await tx
    .selectFrom('webhook_configs')
    .select(['id', 'tenant_id', 'is_active as isActive'])
    .where(isUuid(nameOrId) ? 'id' : 'webhook_name', '=', nameOrId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (row === undefined) throw noSuchWebhook(nameOrId);
  return row;
}

export async function readWebhook(tx: Tx, nameOrId: string): Promise<Webhook> {
  const row = await selectWebhooks(tx)
    .where(isUuid(nameOrId) ? 'w.id' : 'w.webhook_name', '=', nameOrId)
    .executeTakeFirst();
  if (row === undefined) throw noSuchWebhook(nameOrId);
  return toWebhook(row);
}

function noSuchWebhook(nameOrId: string): KilnError {
  return new KilnError('not_found', {
    message: `There is no webhook ${JSON.stringify(nameOrId.slice(0, 100))}.`,
    fix: 'Correct the name: `kiln webhooks` lists them.',
  });
}
