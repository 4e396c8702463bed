import type { Generated } from 'kysely';
import type { BuildPreset } from '../../contracts/preset.js';
import type { BuildMethod } from '../../domain/builds/method.js';
import type { Overlap, TickKind, TickStatus } from '../../domain/schedules/schedule.js';
import type { DefaultedJson } from './json.js';

export interface BuildSchedulesTable {
  id: Generated<string>;
  tenant_id: string;
  project_id: string;
  schedule_name: string;
  cron_expression: string;
  timezone: string;
  jitter_seconds: number;
  overlap: Overlap;
  catchup_window_seconds: number;
  git_url: string;
  git_branch: string;
  build_method: BuildMethod | null;
  build_config_preset: DefaultedJson<BuildPreset>;
  is_active: Generated<boolean>;
  pause_note: string | null;
  last_triggered_at: Date | null;
  next_trigger_at: Date | null;
  revision: Generated<number>;
  synced_revision: Generated<number>;
  trouble: string | null;
  created_by_user_id: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  deleted_at: Date | null;
}

export interface ScheduleTicksTable {
  id: Generated<string>;
  tenant_id: string;
  schedule_id: string;
  scheduled_at: Date;
  tick_kind: TickKind;
  tick_status: TickStatus;
  build_id: string | null;
  reason: string | null;
  ask_at: Generated<Date>;
  waited: Generated<boolean>;
  created_at: Generated<Date>;
  settled_at: Date | null;
}
