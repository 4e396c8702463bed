import type { ColumnType, Generated } from 'kysely';
import type { BuildPreset } from '../../contracts/preset.js';
import type { BuildMethod } from '../../domain/builds/method.js';
import type { TriggeredBuild, WebhookEventType } from '../../domain/webhooks/decide.js';
import type { DeliveryStatus } from '../../domain/webhooks/delivery-status.js';
import type { WebhookProvider } from '../../domain/webhooks/provider.js';
import type { DefaultedJson, Json } from './json.js';

export interface WebhookConfigsTable {
  id: Generated<string>;
  tenant_id: string;
  project_id: string;
  webhook_name: string;
  webhook_url: ColumnType<string, never, never>;
  provider: WebhookProvider;
  repository_url: string;
  key_id: string;
  wrapped_key: Buffer;
  ciphertext: Buffer;
  event_types: DefaultedJson<WebhookEventType[]>;
  branch_patterns: DefaultedJson<string[]>;
  tag_patterns: DefaultedJson<string[]>;
  path_patterns: DefaultedJson<string[]>;
  auto_build_enabled: Generated<boolean>;
  build_method: BuildMethod | null;
  build_config_preset: DefaultedJson<BuildPreset>;
  coalesce_seconds: Generated<number>;
  is_active: Generated<boolean>;
  is_verified: Generated<boolean>;
  refused_count: Generated<number>;
  last_refused_at: Date | null;
  last_refused_reason: string | null;
  created_by_user_id: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  next_reconcile_at: Generated<Date>;
  reconcile_number: Generated<number>;
  reconciled_at: Date | null;
  reconcile_trouble: string | null;
  reconcile_trouble_at: Date | null;
}

export interface WebhookHeadsTable {
  tenant_id: string;
  webhook_config_id: string;
  ref: string;
  sha: string;
  seen_at: Date;
}

export interface WebhookDeliveriesTable {
  id: Generated<string>;
  tenant_id: string;
  webhook_config_id: string;
  delivery_id: string;
  event_type: string;
  headers: DefaultedJson<Record<string, string>>;
  payload: Buffer;
  delivery_status: DeliveryStatus;
  asked: Json<TriggeredBuild>;
  reason: string | null;
  response_status: number | null;
  attempt_number: Generated<number>;
  next_retry_at: Date | null;
  error_message: string | null;
  replay_count: Generated<number>;
  build_count: Generated<number>;
  build_id: string | null;
  coalesced_into_id: string | null;
  approved_by_user_id: string | null;
  approved_at: Date | null;
  rejected_by_user_id: string | null;
  rejected_at: Date | null;
  created_at: Generated<Date>;
  told_ref: string | null;
  told_sha: string | null;
  heads_read_at: Date | null;
}
