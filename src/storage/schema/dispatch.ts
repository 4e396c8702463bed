import type { Generated } from 'kysely';
import type { BuildMethod } from '../../domain/builds/method.js';
import type { RunOutcome } from '../../domain/builds/outcome.js';
import type { AttemptEnd, LeaseState } from '../../domain/dispatch/lease.js';
import type { OnLimit } from '../../domain/dispatch/queue-settings.js';
import type { Scheduling, WorkerState, WorkerStatus, WorkerType } from '../../domain/dispatch/worker.js';
import type { DefaultedJson, Json } from './json.js';

export interface BuildWorkersTable {
  id: Generated<string>;
  tenant_id: string | null;
  worker_name: string;
  host_id: string | null;
  worker_type: WorkerType;
  methods: Generated<string[]>;
  concurrent_builds_limit: number;
  current_builds_count: Generated<number>;
  status: Generated<WorkerStatus>;
  zone: string | null;
  labels: DefaultedJson<Record<string, string>>;
  last_heartbeat: Date | null;
  disk_free_bytes: number | null;
  disk_reserve_bytes: number | null;
  disk_free_inodes: number | null;
  platforms: Generated<string[]>;
  emulated_platforms: Generated<string[]>;
  tool_versions: DefaultedJson<Record<string, string>>;
  accepted_holes: Generated<string[]>;
  builder_trouble: string | null;
  status_reasons: Generated<string[]>;
  is_draining: Generated<boolean>;
  is_worker_away: Generated<boolean>;
  scheduling: Generated<Scheduling>;
  quarantined_until: Date | null;
  /** When a lease of it was last ended because it had not renewed it, or taken it up, in time. */
  lease_ran_out_at: Date | null;
  quarantine_reason: string | null;
  losses_count_from: Date | null;
  uptime_percent: number | null;
  created_at: Generated<Date>;
  removed_at: Date | null;
}

export interface WorkerIntervalsTable {
  worker_id: string;
  state: WorkerState;
  reasons: Generated<string[]>;
  began_at: Date;
  ended_at: Date | null;
}

export interface WorkerTokensTable {
  id: Generated<string>;
  worker_id: string;
  token_sha256: Buffer;
  created_at: Generated<Date>;
  revoked_at: Date | null;
}

export interface BuildConcurrencyPoliciesTable {
  id: Generated<string>;
  tenant_id: string;
  max_concurrent_builds: number | null;
  max_concurrent_per_project: number | null;
  kaniko_max_concurrent: number | null;
  buildx_max_concurrent: number | null;
  container_max_concurrent: number | null;
  paketo_max_concurrent: number | null;
  packer_max_concurrent: number | null;
  priority_dispatch_enabled: Generated<boolean>;
  max_queued_wait_minutes: number | null;
  weight: Generated<number>;
  on_limit: Generated<OnLimit>;
  updated_at: Generated<Date>;
}

export interface TenantSharesTable {
  tenant_id: string;
  used_milliseconds: number;
  as_of: Date;
}

/** leases.ended_reason. */
export type LeaseEnd = 'released' | 'worker_lost' | 'grant_unacknowledged';

export interface LeasesTable {
  id: Generated<string>;
  tenant_id: string;
  project_id: string;
  build_id: string;
  build_method: BuildMethod;
  attempt: number;
  worker_id: string;
  fence: number;
  state: Generated<LeaseState>;
  token_sha256: Buffer | null;
  granted_at: Date;
  acknowledged_at: Date | null;
  expires_at: Date;
  ended_at: Date | null;
  ended_reason: LeaseEnd | null;
}

export interface AttemptsTable {
  tenant_id: string;
  build_id: string;
  attempt: number;
  lease_id: string;
  worker_id: string;
  fence: number;
  started_at: Date;
  ended_at: Date | null;
  ended_reason: AttemptEnd | null;
  outcome: Json<RunOutcome | null>;
  log_chunks: Generated<number>;
  log_lines: Generated<number>;
  log_bytes: Generated<number>;
  log_sha256: string | null;
  log_sealed_at: Date | null;
  log_note: string | null;
  registries: Json<readonly string[] | null>;
}

export interface ControlPlaneBeatsTable {
  id: Generated<boolean>;
  instance: string;
  up_since: Date;
  last_beat: Date;
}
