import type { Generated } from 'kysely';

export interface OwedTracesTable {
  build_id: string;
  tenant_id: string;
  tries: Generated<number>;
  next_try_at: Generated<Date>;
  created_at: Generated<Date>;
}
