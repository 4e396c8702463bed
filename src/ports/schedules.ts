import type { BuildPreset } from '../contracts/preset.js';
import type { BuildMethod } from '../domain/builds/method.js';
import type { Overlap, TickKind, TickStatus } from '../domain/schedules/schedule.js';
import type { TenantContext } from './stores.js';

export type { TickOutput } from '../../workflows/contract.js';

/** What people say of a schedule. */
export interface ScheduleSettings {
  readonly name: string;
  readonly cronExpression: string;
  /** IANA name. */
  readonly timezone: string;
  readonly jitterSeconds: number;
  readonly overlap: Overlap;
  readonly catchupWindowSeconds: number;
  readonly gitUrl: string;
  readonly gitBranch: string;
  /** Null leaves it to the preset, the build file and the project. */
  readonly buildMethod: BuildMethod | null;
  readonly preset: BuildPreset;
  readonly isActive: boolean;
  /** Why it is paused. */
  readonly pauseNote: string | null;
}

export interface Schedule extends ScheduleSettings {
  readonly id: string;
  readonly tenantId: string;
  readonly projectId: string;
  /** Slug of the project. */
  readonly project: string;
  readonly lastTriggeredAt: string | null;
  /** Why Temporal is not in step with it; null when it is, or soon will be. */
  readonly trouble: string | null;
  readonly revision: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Tick {
  readonly id: string;
  readonly scheduledAt: string;
  readonly kind: TickKind;
  readonly status: TickStatus;
  readonly buildId: string | null;
  readonly buildNumber: number | null;
  /** Why there is no build, or not yet. */
  readonly reason: string | null;
}

/** Schedules as people keep them. */
export interface ScheduleStore {
  /** conflict when the name is taken in the project, or it has too many. */
  create(tenant: TenantContext, projectId: string, settings: ScheduleSettings): Promise<Schedule>;
  /** By name; with null those of all projects, by project and name. */
  list(tenant: TenantContext, projectId: string | null): Promise<Schedule[]>;
  /** By name or id; not_found otherwise. */
  get(tenant: TenantContext, projectId: string, nameOrId: string): Promise<Schedule>;
  /** What is undefined stays. `judge` sees what comes out, under the lock of the row, and raises what is wrong with it. */
  change(
    tenant: TenantContext,
    projectId: string,
    nameOrId: string,
    change: Partial<ScheduleSettings>,
    judge: (settings: ScheduleSettings) => void,
  ): Promise<Schedule>;
  remove(tenant: TenantContext, projectId: string, nameOrId: string): Promise<void>;
  /** Newest first, at most `limit`. */
  ticks(tenant: TenantContext, scheduleId: string, limit: number): Promise<Tick[]>;
  /** Writes down a build that a person had started by the schedule, once. */
  noteRunNow(tenant: TenantContext, scheduleId: string, buildId: string): Promise<void>;
  /** Asks for the ticks at these times that have no build; gives all of them, the oldest first. */
  backfill(tenant: TenantContext, scheduleId: string, at: readonly string[]): Promise<Tick[]>;
}

/** A tick that has been looked at: its build is to be accepted, or nothing is to be done (any more). */
export type OpenedTick =
  | {
      readonly kind: 'starting';
      readonly tickId: string;
      readonly schedule: Schedule;
      /** Builds of the schedule that are to make way. */
      readonly others: readonly string[];
    }
  | { readonly kind: 'settled'; readonly status: TickStatus; readonly buildId: string | null }
  /** The schedule is gone or paused, or has no such time. */
  | { readonly kind: 'foreign' };

/** Schedules as the controller keeps time with them. Sees those of all tenants. */
export interface ScheduleClock {
  /** Those that Temporal is not in step with, as far as is known. */
  unsynced(limit: number): Promise<string[]>;
  /** All that are not removed. */
  ids(): Promise<string[]>;
  /** Null when it is gone or removed. */
  find(scheduleId: string): Promise<Schedule | null>;
  /** Says that Temporal has this revision. False when there is a newer one by now. */
  synced(scheduleId: string, revision: number): Promise<boolean>;
  /** Why Temporal is not in step. A revision that it refuses is not tried again before the next comparison; null for one that it may take later. */
  noteTrouble(scheduleId: string, trouble: string, refusedRevision: number | null): Promise<void>;
  /** Forgets a removed schedule, whose Temporal Schedule is gone; harmless for any other. */
  forget(scheduleId: string): Promise<void>;
  /** Takes ticks that are to be looked at; whoever takes one has a minute for it. */
  takeDue(limit: number): Promise<{ readonly scheduleId: string; readonly at: string }[]>;
  /**
   * Accounts for times that have passed without a tick, of a Temporal or controller that was not there: within the catch-up window they become due,
   * before it they are skipped. Buffered ticks whose build is over become due too. Gives the times that were missed.
   */
  account(): Promise<{ readonly scheduleId: string; readonly at: string }[]>;
  /** Looks at a tick under the lock of its schedule, where overlaps are decided. Repeating gives the same as long as its build is not accepted. */
  openTick(scheduleId: string, at: string): Promise<OpenedTick>;
  started(tickId: string, buildId: string): Promise<void>;
  failed(tickId: string, reason: string): Promise<void>;
}

/** The Temporal Schedules that ring for the rows. */
export interface ScheduleBells {
  /** Makes the Temporal Schedule as the row wants it. */
  put(schedule: Schedule): Promise<void>;
  remove(scheduleId: string): Promise<void>;
  /** Whether it is as the row wants it. */
  isInStep(schedule: Schedule): Promise<boolean>;
  /** The schedules that have one, by their ids. */
  ids(): Promise<string[]>;
  /** Starts the workflow of a tick. */
  ring(scheduleId: string, at: string): Promise<void>;
}
