import type { Generated } from 'kysely';
import type { MoveStatus } from '../../domain/base-images/judge-move.js';

export interface WatchedImagesTable {
  tenant_id: string;
  reference: string;
  digest: string | null;
  checked_at: Date;
  not_before: Date | null;
  trouble: string | null;
}

export interface BaseImageMovesTable {
  id: Generated<string>;
  tenant_id: string;
  reference: string;
  from_digest: string;
  to_digest: string;
  move_status: Generated<MoveStatus>;
  reason: string | null;
  seen_at: Date;
  resumed_at: Date | null;
}

export interface BaseImageRebuildsTable {
  tenant_id: string;
  move_id: string;
  project_id: string;
  position: number;
  from_build_id: string;
  batch_id: string | null;
  build_id: string | null;
  reason: string | null;
  is_skipped: Generated<boolean>;
  ask_at: Generated<Date>;
}
