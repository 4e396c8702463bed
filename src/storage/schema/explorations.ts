import type { Generated } from 'kysely';
import type { ExplorationState } from '../../domain/images/exploration.js';
import type { PackageDatabase } from '../../domain/images/packages.js';
import type { Json } from './json.js';

/** Either a reason, or size, count and list. */
export interface LayerExplorationsTable {
  tenant_id: string;
  layer_digest: string;
  failure_reason: string | null;
  note: string | null;
  unpacked_size_bytes: number | null;
  entry_count: number | null;
  file_list: Buffer | null;
  package_databases: Json<PackageDatabase[] | null>;
  explored_at: Date;
}

export interface ImageExplorationsTable {
  tenant_id: string;
  manifest_digest: string;
  state: ExplorationState;
  failure_reason: string | null;
  /** Whether a later build of the image tries again. */
  is_retryable: Generated<boolean>;
  note: string | null;
  requested_at: Date;
  ended_at: Date | null;
  unpacked_size_bytes: number | null;
  file_size_bytes: number | null;
  wasted_bytes: number | null;
}

export interface ExploredLayersTable {
  tenant_id: string;
  manifest_digest: string;
  layer_number: number;
  files_added: number;
  files_changed: number;
  files_removed: number;
  file_size_bytes: number;
  wasted_bytes: number;
}

export interface BuildBaseImagesTable {
  tenant_id: string;
  build_id: string;
  position: number;
  reference: string;
  digest: string | null;
  is_base: boolean;
  /** Whether the source names it by this digest. */
  is_pinned: Generated<boolean>;
}
