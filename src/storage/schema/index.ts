import type * as builds from './builds.js';
import type * as contents from './contents.js';
import type * as dispatch from './dispatch.js';
import type * as execution from './execution.js';
import type * as identity from './identity.js';
import type * as images from './images.js';
import type * as limits from './limits.js';
import type * as secrets from './secrets.js';

/** The tables as Kysely sees them; the migrations are the truth. */
export interface Tables {
  tenants: identity.TenantsTable;
  users: identity.UsersTable;
  projects: identity.ProjectsTable;
  uploads: identity.UploadsTable;
  contents: contents.ContentsTable;
  api_tokens: identity.ApiTokensTable;
  builds: builds.BuildsTable;
  build_configs: builds.BuildConfigsTable;
  build_triggers: builds.BuildTriggersTable;
  build_results: builds.BuildResultsTable;
  build_status_history: builds.BuildStatusHistoryTable;
  idempotency_keys: builds.IdempotencyKeysTable;
  outbox: builds.OutboxTable;
  build_workers: dispatch.BuildWorkersTable;
  worker_tokens: dispatch.WorkerTokensTable;
  build_concurrency_policies: dispatch.BuildConcurrencyPoliciesTable;
  leases: dispatch.LeasesTable;
  attempts: dispatch.AttemptsTable;
  control_plane_beats: dispatch.ControlPlaneBeatsTable;
  build_steps: execution.BuildStepsTable;
  build_warnings: execution.BuildWarningsTable;
  build_artifacts: execution.BuildArtifactsTable;
  build_logs: execution.BuildLogsTable;
  build_log_lines: execution.BuildLogLinesView;
  build_metrics: execution.BuildMetricsTable;
  images: images.ImagesTable;
  image_tags: images.ImageTagsTable;
  tag_moves: images.TagMovesTable;
  publications: images.PublicationsTable;
  image_metadata: images.ImageMetadataTable;
  image_platforms: images.ImagePlatformsTable;
  layer_usage: images.LayerUsageTable;
  image_layers: images.ImageLayersTable;
  build_limits: limits.BuildLimitsTable;
  secrets: secrets.SecretsTable;
  credentials: secrets.CredentialsTable;
}
