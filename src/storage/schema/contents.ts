import type { Generated } from 'kysely';

export interface ContentsTable {
  tenant_id: string;
  sha256: string;
  size_bytes: number;
  /** Null: named by a list, but the bytes are not here. */
  stored_at: Date | null;
  last_needed_at: Generated<Date>;
}
