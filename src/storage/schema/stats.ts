import type { Generated } from 'kysely';
import type { Json } from './json.js';

/** What is counted of a day. */
interface CountedDay {
  tenant_id: string;
  /** YYYY-MM-DD, in the zone of the tenant. */
  date: string;
  total_builds: number;
  successful: number;
  failed: number;
  cancelled: number;
  kaniko_count: number;
  buildx_count: number;
  container_count: number;
  packer_count: number;
  paketo_count: number;
  max_concurrent_at_peak: number;
  measured_builds: number;
  duration_milliseconds: number;
  queue_waits: Json<Record<string, number>>;
  failures: Json<Record<string, number>>;
}

export interface BuildPerformanceDailyTable extends CountedDay {
  id: Generated<string>;
  average_duration_seconds: number | null;
  median_queue_wait_seconds: number | null;
  failure_rate_percent: number | null;
  most_common_failure: string | null;
  counted_at: Generated<Date>;
}

export interface ProjectPerformanceDailyTable extends CountedDay {
  project_id: string;
}

export interface BuildOutcomesDailyTable {
  tenant_id: string;
  outcome_kind: string;
  /** YYYY-MM-DD, in the zone of the tenant. */
  date: string;
  /** Null: of all projects together. */
  project_id: string | null;
  /** Empty: of no branch. */
  name: string;
  total_builds: number;
  successful: number;
  failed: number;
  cancelled: number;
}

export interface CacheUseDailyTable {
  tenant_id: string;
  /** YYYY-MM-DD, in the zone of the tenant. */
  date: string;
  project_id: string;
  steps: number;
  cached_steps: number;
  layers: number;
  reused_layers: number;
}

export interface UncountedSpansTable {
  id: Generated<number>;
  tenant_id: string;
  began_at: Date;
  ended_at: Date;
}

export interface UncountedDaysTable {
  tenant_id: string;
  /** YYYY-MM-DD, in the zone of the tenant. */
  date: string;
}
