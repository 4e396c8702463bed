import type { DayName } from '../domain/stats/local-days.js';
import type { DayRange } from '../domain/stats/periods.js';
import type { DayCounts, OutcomeKind } from '../domain/stats/performance.js';
import type { TenantContext } from './stores.js';

/** The controller's side of statistics: counts again the days on which something has changed. */
export interface RollUp {
  /**
   * Turns spans of changes into days of their tenants, at most so many at once. Gives how many there were; none are lost or left
   * out when it is killed, and several may do it at once.
   */
  spreadChanges(most: number): Promise<number>;
  /** Counts the newest day that nobody else counts just now, from the builds themselves; null where there is none. */
  countNextDay(): Promise<{ readonly tenantId: string; readonly date: DayName } | null>;
}

/** What statistics are asked of: builds that were accepted on these days, of all projects or one. */
export interface StatsQuery {
  readonly range: DayRange;
  readonly projectId: string | null;
}

/** Builds that are looked at for an answer. */
export interface LookedAt {
  readonly builds: number;
  /** False where the range has more: then the newest were taken. */
  readonly isWhole: boolean;
}

/** Builds that an answer is made of which were counted by day when something changed. */
export interface Counted {
  readonly builds: number;
  /** False while changes of the last seconds, or of another zone, are not counted yet. */
  readonly isCurrent: boolean;
}

/** Durations of a step of a project that ran: steps out of the cache and failed ones are not in it. */
export interface StepTimes {
  readonly project: string;
  readonly step_name: string;
  readonly count: number;
  readonly p50_milliseconds: number;
  readonly p95_milliseconds: number;
}

/** How much of a project came out of the cache, and how many layers of its images were there before. */
export interface CacheUse {
  readonly project: string;
  readonly steps: number;
  readonly cached_steps: number;
  readonly layers: number;
  readonly reused_layers: number;
}

/** How builds of a branch, a method or a worker ended. */
export interface Outcomes {
  /** Null: of no branch. */
  readonly name: string | null;
  readonly total_builds: number;
  readonly successful: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** Statistics of a tenant. */
export interface StatsStore {
  /**
   * Days of a range with something to count, in order, as they were counted when something changed; `isCurrent` is false while changes of the last
   * seconds, or of another zone, are not in them yet.
   */
  days(
    tenant: TenantContext,
    query: StatsQuery,
  ): Promise<{ readonly days: readonly DayCounts[]; readonly isCurrent: boolean }>;
  /** The slowest by their 95th percentile first. */
  slowSteps(
    tenant: TenantContext,
    query: StatsQuery,
    limit: number,
  ): Promise<{ readonly items: readonly StepTimes[] } & LookedAt>;
  cacheUse(
    tenant: TenantContext,
    query: StatsQuery,
  ): Promise<{ readonly items: readonly CacheUse[] } & Counted>;
  /** Those with the most builds first; a build counts for the worker of its last attempt. */
  outcomes(
    tenant: TenantContext,
    query: StatsQuery,
    by: OutcomeKind,
    limit: number,
  ): Promise<{ readonly items: readonly Outcomes[] } & Counted>;
}
