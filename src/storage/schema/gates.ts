import type { GateStatus } from '../../domain/gates/gate-status.js';
import type { GateRefusal } from '../../domain/gates/judge-scans.js';
import type { Json } from './json.js';

export interface BuildGatesTable {
  build_id: string;
  tenant_id: string;
  gate_status: GateStatus;
  /** That of the build, for the order of lists. */
  build_created_at: Date;
  manifest_digest: string;
  findings: Json<string[]>;
  requested_at: Date;
  expires_at: Date | null;
  decided_at: Date | null;
  decided_by_user_id: string | null;
  decided_by_token_id: string | null;
  why: string | null;
  refusal_code: GateRefusal['code'] | null;
}
