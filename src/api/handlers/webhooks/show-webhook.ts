import type { z } from 'zod';
import type { Delivery as ShownDelivery, Webhook as ShownWebhook } from '../../../contracts/webhooks.js';
import type { WebhookChange } from '../../../contracts/webhooks.js';
import type { Delivery, Webhook, WebhookSettings } from '../../../ports/webhooks.js';

export function showWebhook(webhook: Webhook): ShownWebhook {
  return {
    id: webhook.id,
    name: webhook.name,
    project: webhook.project,
    provider: webhook.provider,
    url_path: webhook.urlPath,
    repository_url: webhook.repositoryUrl,
    event_types: [...webhook.eventTypes],
    branch_patterns: [...webhook.branchPatterns],
    tag_patterns: [...webhook.tagPatterns],
    path_patterns: [...webhook.pathPatterns],
    auto_build_enabled: webhook.autoBuildEnabled,
    build_method: webhook.buildMethod,
    build_config_preset: webhook.preset,
    coalesce_seconds: webhook.coalesceSeconds,
    is_active: webhook.isActive,
    is_verified: webhook.isVerified,
    last_delivery_at: webhook.lastDelivery?.at ?? null,
    last_delivery_status: webhook.lastDelivery?.status ?? null,
    reconciled_at: webhook.reconciliation.lastAt,
    next_reconcile_at: webhook.reconciliation.nextAt,
    reconcile_trouble: webhook.reconciliation.trouble?.text ?? null,
    reconcile_trouble_at: webhook.reconciliation.trouble?.at ?? null,
    refused_count: webhook.refusals?.count ?? 0,
    last_refused_at: webhook.refusals?.lastAt ?? null,
    last_refused_reason: webhook.refusals?.lastReason ?? null,
    created_at: webhook.createdAt,
    updated_at: webhook.updatedAt,
  };
}

/** What a request says of a webhook; what it leaves out is undefined. */
export function settingsOf(body: z.output<typeof WebhookChange>): Partial<WebhookSettings> {
  const said = {
    name: body.name,
    repositoryUrl: body.repository_url,
    eventTypes: body.event_types,
    branchPatterns: body.branch_patterns,
    tagPatterns: body.tag_patterns,
    pathPatterns: body.path_patterns,
    autoBuildEnabled: body.auto_build_enabled,
    buildMethod: body.build_method,
    preset: body.build_config_preset,
    coalesceSeconds: body.coalesce_seconds,
    isActive: body.is_active,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

export function showDelivery(delivery: Delivery): ShownDelivery {
  const { asked } = delivery;
  return {
    id: delivery.id,
    webhook: delivery.webhook,
    delivery_id: delivery.deliveryId,
    event_type: delivery.eventType,
    status: delivery.status,
    reason: delivery.reason,
    ref: asked?.ref ?? null,
    commit: asked?.sha ?? null,
    message: asked?.message ?? null,
    author: asked?.author ?? null,
    without_secrets: asked?.mayUseSecrets === false,
    response_status: delivery.responseStatus,
    attempt_number: delivery.attemptNumber,
    next_retry_at: delivery.nextRetryAt,
    error_message: delivery.errorMessage,
    replay_count: delivery.replayCount,
    build_id: delivery.buildId,
    build_number: delivery.buildNumber,
    coalesced_into: delivery.coalescedIntoId,
    approved_at: delivery.approvedAt,
    rejected_at: delivery.rejectedAt,
    decided_by: delivery.decidedBy,
    created_at: delivery.createdAt,
  };
}
