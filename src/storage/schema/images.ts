import type { Generated } from 'kysely';
import type { OpenUpload, PublicationStatus } from '../../domain/builds/publication.js';
import type { TagRepair } from '../../ports/dispatch.js';
import type { Json } from './json.js';

export interface ImagesTable {
  id: Generated<string>;
  tenant_id: string;
  project_id: string;
  manifest_digest: string;
  image_repository: string;
  first_build_id: string;
  last_build_id: string;
  created_at: Date;
  last_built_at: Date;
  deleted_at: Date | null;
}

export interface ImageTagsTable {
  tenant_id: string;
  repository: string;
  tag: string;
  manifest_digest: string;
  build_id: string;
  image_id: string | null;
  moved_at: Date;
}

export interface TagMovesTable {
  mover_id: string;
  tenant_id: string;
  build_id: string;
  repository: string;
  tag: string;
  manifest_digest: string | null;
  last_tried_at: Date;
  checked_at: Generated<Date | null>;
  finding: Generated<TagRepair | null>;
}

export interface OpenRemovalsTable {
  removal_id: string;
  repository: string;
  manifest_digest: string;
  sent_at: Date;
}

export interface PublicationsTable {
  tenant_id: string;
  build_id: string;
  repository: string;
  manifest_digest: string;
  status: PublicationStatus;
  attempt: number;
  try_number: number;
  total_blobs: number;
  mounted_blobs: number;
  existing_blobs: number;
  uploaded_blobs: number;
  uploaded_before: Generated<number>;
  total_bytes: number;
  spared_bytes: number;
  sent_bytes: number;
  sent_before: Generated<number>;
  waiting_reason: string | null;
  open_uploads: Json<OpenUpload[]>;
  began_at: Date | null;
  was_there: Generated<boolean>;
  removed_at: Date | null;
  not_served_at: Date | null;
  tidy_due_at: Date | null;
  tidy_trouble: string | null;
  started_at: Date;
  completed_at: Date | null;
}

export interface ImageMetadataTable {
  id: Generated<string>;
  tenant_id: string;
  image_id: string;
  docker_config_digest: string | null;
  docker_manifest_digest: string;
  manifest_media_type: string | null;
  platform: string | null;
  total_layer_count: number;
  compressed_size_bytes: number;
  uncompressed_size_bytes: number | null;
  packages_count: number | null;
  vulnerabilities_critical: number | null;
  vulnerabilities_high: number | null;
  vulnerabilities_med: number | null;
  vulnerabilities_low: number | null;
  entrypoint: Json<string[] | null>;
  cmd: Json<string[] | null>;
  env_vars: Json<string[] | null>;
  working_dir: Json<string | null>;
  last_scanned_at: Date | null;
  scan_tool: string | null;
}

export interface ImagePlatformsTable {
  tenant_id: string;
  index_image_id: string;
  position: number;
  image_id: string;
  platform: string | null;
}

export interface LayerUsageTable {
  tenant_id: string;
  layer_digest: string;
  used_in_builds_count: number;
  last_used_in_build_at: Date;
}

export interface ImageLayersTable {
  id: Generated<string>;
  tenant_id: string;
  image_id: string;
  layer_number: number;
  layer_digest: string;
  layer_size_bytes: number;
  media_type: string | null;
  is_base_layer: boolean | null;
  base_image_name: string | null;
  base_image_tag: string | null;
  base_image_digest: string | null;
  created_by: string | null;
  step_number: number | null;
}
