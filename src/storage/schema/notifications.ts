import type { Generated } from 'kysely';
import type { BuildStatus } from '../../domain/builds/status.js';
import type { NotificationState } from '../../domain/notifications/delivery-state.js';
import type { TargetKind } from '../../domain/notifications/target-kind.js';
import type { DefaultedJson } from './json.js';

export interface NotificationTargetsTable {
  id: Generated<string>;
  tenant_id: string;
  project_id: string | null;
  target_name: string;
  target_kind: TargetKind;
  url: string;
  git_host: string | null;
  events: DefaultedJson<BuildStatus[]>;
  key_id: string;
  wrapped_key: Buffer;
  ciphertext: Buffer;
  is_active: Generated<boolean>;
  disabled_at: Date | null;
  disabled_reason: string | null;
  created_by_user_id: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

export interface NotificationDeliveriesTable {
  id: Generated<string>;
  tenant_id: string;
  target_id: string;
  build_id: string | null;
  event_type: string;
  subject: string | null;
  payload: string;
  delivery_state: Generated<NotificationState>;
  attempts: Generated<number>;
  replay_count: Generated<number>;
  next_attempt_at: Date | null;
  claimed_until: Date | null;
  response_status: number | null;
  error_message: string | null;
  settled_at: Date | null;
  created_at: Generated<Date>;
}
