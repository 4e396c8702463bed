import type { Generated, GeneratedAlways } from 'kysely';
import type { ArtifactType } from '../../domain/builds/artifact.js';
import type { RetentionPolicy } from '../../domain/builds/retention-policy.js';
import type { StepStatus } from '../../domain/builds/step-status.js';
import type { WarningSeverity } from '../../domain/builds/warning.js';

export interface BuildStepsTable {
  id: Generated<string>;
  tenant_id: string;
  build_id: string;
  attempt: number;
  step_number: number;
  step_name: string;
  instruction_type: string | null;
  status: StepStatus;
  layer_digest: string | null;
  layer_size_bytes: number | null;
  cached: Generated<boolean>;
  stdout: string | null;
  stderr: string | null;
  error_message: string | null;
  error_code: string | null;
  started_at: Date | null;
  completed_at: Date | null;
  duration_seconds: number | null;
  duration_milliseconds: number | null;
}

/** Warnings of one attempt count from 1, in the order of the file. */
export interface BuildWarningsTable {
  tenant_id: string;
  build_id: string;
  attempt: number;
  warning_number: number;
  found_by: 'hadolint' | 'buildkit';
  rule: string;
  severity: WarningSeverity;
  line_number: number | null;
  column_number: number | null;
  message: string;
  link: string | null;
}

export interface BuildArtifactsTable {
  id: Generated<string>;
  tenant_id: string;
  /** Null: of the image, whichever build made it. */
  build_id: string | null;
  image_id: Generated<string | null>;
  /** Null: made after the build. */
  attempt: number | null;
  artifact_type: ArtifactType;
  artifact_name: string;
  artifact_location: string;
  media_type: string;
  artifact_size_bytes: number;
  sha256_digest: string;
  retention_policy: Generated<RetentionPolicy>;
  expires_at: Generated<Date | null>;
  is_available: Generated<boolean>;
  /** The content that is kept for this row. */
  content_sha256: GeneratedAlways<string | null>;
  created_at: Generated<Date>;
}

export interface BuildLogsTable {
  /** YYYY-MM-DD, UTC. */
  build_day: string;
  tenant_id: string;
  build_id: string;
  attempt: number;
  chunk: number;
  id: Generated<string>;
  step_number: number | null;
  log_level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  logged_at: Date;
  first_line: number;
  line_count: number;
  offset_bytes: number;
  size_bytes: number;
  log_content: string;
  raw: Buffer | null;
}

export interface BuildLogLinesView {
  tenant_id: string;
  build_id: string;
  attempt: number;
  line_number: number;
  chunk: number;
  step_number: number | null;
  log_level: string;
  logged_at: Date;
  log_content: string;
}

export interface BuildMetricsTable {
  id: Generated<string>;
  tenant_id: string;
  build_id: string;
  total_duration_seconds: number | null;
  docker_build_duration_seconds: number | null;
  docker_push_duration_seconds: number | null;
  total_duration_milliseconds: number | null;
  docker_build_duration_milliseconds: number | null;
  docker_push_duration_milliseconds: number | null;
  peak_memory_usage_mb: number | null;
  cpu_usage_percent: number | null;
  disk_read_bytes: number | null;
  disk_write_bytes: number | null;
  total_layers: number | null;
  reused_layers: number | null;
  new_layers: number | null;
  final_image_size_bytes: number | null;
  compression_ratio: number | null;
}
