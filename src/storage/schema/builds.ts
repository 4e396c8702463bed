import type { Generated } from 'kysely';
import type { BuildMethod } from '../../domain/builds/method.js';
import type { AskedResources } from '../../domain/builds/resources.js';
import type { SettingLayers } from '../../domain/builds/settings.js';
import type { BuildStatus, FailureStage, RequeueReason, ResultStatus } from '../../domain/builds/status.js';
import type { GatePolicy } from '../../domain/gates/gate-policy.js';
import type { TriggerType } from '../../domain/builds/trigger.js';
import type { WhatIf } from '../../domain/builds/what-if.js';
import type { Trust } from '../../domain/builds/trust.js';
import type { BuildNeeds } from '../../domain/dispatch/needs.js';
import type { EffectiveLimits } from '../../domain/limits/effective-limits.js';
import type { OutboxMessage } from '../../ports/dispatch.js';
import type { DefaultedJson, Json } from './json.js';

export interface BuildsTable {
  id: Generated<string>;
  tenant_id: string;
  project_id: string;
  image_id: string | null;
  build_number: number;
  /** That of the project when the build was accepted. */
  image_repository: string;
  build_method: BuildMethod;
  triggered_by_user_id: string | null;
  triggered_by_git_event: string | null;
  git_commit: string | null;
  branch: string | null;
  author: string | null;
  message: string | null;
  status: Generated<BuildStatus>;
  error_message: string | null;
  priority: Generated<number>;
  needs: DefaultedJson<BuildNeeds>;
  destinations: DefaultedJson<string[]>;
  tags_moved: DefaultedJson<string[]>;
  /** YYYY-MM-DD, UTC. */
  build_day: string;
  created_at: Generated<Date>;
  queued_at: Generated<Date>;
  dispatch_at: Date;
  requeue_reason: RequeueReason | null;
  not_before: Date | null;
  held_at: Date | null;
  started_by_token_id: string | null;
  started_at: Date | null;
  cancel_requested_at: Date | null;
  cancel_requested_by_user_id: string | null;
  superseded_by_build_id: string | null;
  start_expected_at: Date | null;
  start_earliest_at: Date | null;
  start_latest_at: Date | null;
  start_error_milliseconds: number | null;
  publish_began_at: Date | null;
  tags_began_at: Date | null;
  completed_at: Date | null;
  cleanup_at: Date | null;
  removed_at: Date | null;
  removed_because: string | null;
  /** As `cacheUseOfBuild` counts it; written with `removed_at`. */
  removed_cache_use: Json<unknown>;
  staging_kept_until: Date | null;
  attempt_count: Generated<number>;
  fence: Generated<number>;
  /** Of a what-if: the build that it is compared with, and the changes. Neither ever changes. */
  what_if_of_build_id: string | null;
  what_if: Json<WhatIf | null>;
}

export interface BuildConfigsTable {
  id: Generated<string>;
  tenant_id: string;
  build_id: string;
  build_method: BuildMethod;
  source_kind: 'upload' | 'inline' | 'git';
  upload_id: string | null;
  git_url: string | null;
  git_ref: string | null;
  git_folder: string | null;
  git_submodules: boolean | null;
  git_lfs: boolean | null;
  /** Commits of history that stay in the context; 0 for all, null for no .git at all. */
  git_depth: number | null;
  dockerfile: string | null;
  dockerfile_inline: string | null;
  build_context: string | null;
  cache_enabled: boolean | null;
  cache_repo: string | null;
  platforms: Json<unknown>;
  cache_from: Json<unknown>;
  cache_to: Json<unknown>;
  target_stage: string | null;
  builder: string | null;
  buildpacks: Json<unknown>;
  packer_template: string | null;
  build_args: Json<unknown>;
  environment: Json<unknown>;
  secrets: Json<unknown>;
  metadata: Json<Record<string, unknown>>;
  build_timeout_milliseconds: number;
  build_file: string | null;
  setting_layers: Json<SettingLayers | null>;
  limits: Json<Partial<EffectiveLimits> | null>;
  /** What somebody has asked for. */
  resources: Json<AskedResources | null>;
  gate: Json<GatePolicy | null>;
  /** That of the project when the build was accepted. */
  trust: Generated<Trust>;
  without_secrets: Generated<boolean>;
  resume_from: 'publish' | null;
  resume_build_id: string | null;
}

export interface BuildTriggersTable {
  id: Generated<string>;
  tenant_id: string;
  build_id: string;
  trigger_type: TriggerType;
  trigger_source: string | null;
  created_by_user_id: string | null;
  created_at: Generated<Date>;
  requested_at: Date | null;
  traceparent: string | null;
}

export interface BuildResultsTable {
  id: Generated<string>;
  tenant_id: string;
  build_id: string;
  status: ResultStatus | null;
  exit_code: number | null;
  output_image_id: string | null;
  output_image_url: string | null;
  output_image_digest: string | null;
  failure_reason: string | null;
  failure_stage: FailureStage | null;
  failure_code: string | null;
  failure_step: number | null;
  failure_instruction: string | null;
  failure_last_lines: DefaultedJson<string[]>;
  retryable: boolean | null;
  total_duration_milliseconds: number | null;
  queue_wait_milliseconds: number | null;
  build_execution_milliseconds: number | null;
  artifact_push_milliseconds: number | null;
  retry_count: Generated<number>;
  is_retry: Generated<boolean>;
  original_build_id: string | null;
  retry_of_build_id: string | null;
  cleanup_status: Generated<'pending' | 'completed' | 'failed'>;
}

export interface BuildStatusHistoryTable {
  id: Generated<string>;
  tenant_id: string;
  build_id: string;
  from_status: BuildStatus | null;
  to_status: BuildStatus;
  reason: string | null;
  changed_by_user_id: string | null;
  changed_by_system: boolean;
  changed_at: Date;
  sequence: Generated<number>;
}

export interface IdempotencyKeysTable {
  tenant_id: string;
  idempotency_key: string;
  request_sha256: string;
  build_id: string;
  created_at: Generated<Date>;
}

export interface OutboxTable {
  id: Generated<number>;
  tenant_id: string;
  build_id: string;
  message: Json<OutboxMessage>;
  due_at: Generated<Date>;
  send_attempts: Generated<number>;
  last_error: string | null;
  created_at: Generated<Date>;
}
