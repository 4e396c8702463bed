import type { Generated } from 'kysely';
import type { Prune } from '../../contracts/retention.js';
import type { BuildRetention } from '../../domain/retention/build-retention.js';
import type { DefaultedJson } from './json.js';

interface PrunesTable {
  id: Generated<string>;
  tenant_id: string;
  project_id: string;
  prune_trigger: Prune['prune_trigger'];
  requested_by_user_id: string | null;
  requested_at: Generated<Date>;
  completed_at: Date | null;
}

export interface ImagePrunesTable extends PrunesTable {
  removed: DefaultedJson<Prune['removed']>;
  kept: DefaultedJson<Prune['kept']>;
  troubles: DefaultedJson<Prune['troubles']>;
}

export interface ImageRemovalsTable {
  tenant_id: string;
  image_id: string;
  repository: string;
  prune_id: string;
  removed_at: Date;
}

/** A rule that is null is not set here. */
export type BuildRetentionsTable = BuildRetention & {
  tenant_id: string;
  project_id: string | null;
  updated_by_user_id: string | null;
  updated_at: Generated<Date>;
};

export interface BuildPrunesTable extends PrunesTable {
  removed_builds: Generated<number>;
  removed_log_bytes: Generated<number>;
}

export interface RemovedLogDaysTable {
  tenant_id: string;
  project_id: string;
  /** YYYY-MM-DD, UTC. */
  build_day: string;
  log_days: number;
  removed_at: Date;
  deleted_at: Date | null;
}
