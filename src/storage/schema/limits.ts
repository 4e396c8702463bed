import type { Generated } from 'kysely';
import type { LimitName } from '../../domain/limits/limit-table.js';

/** A limit that is null is not set here. */
export type BuildLimitsTable = Record<LimitName, number | null> & {
  id: Generated<string>;
  tenant_id: string;
  project_id: string | null;
  updated_by_user_id: string | null;
  updated_at: Generated<Date>;
};
