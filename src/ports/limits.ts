import type { QueueChange, QueueSettings } from '../domain/dispatch/queue-settings.js';
import type { LimitValues } from '../domain/limits/effective-limits.js';
import type { LimitName } from '../domain/limits/limit-table.js';
import type { TenantContext } from './stores.js';

/** What a tenant has set, and what a project of it has. */
export interface SetLimits {
  readonly tenant: LimitValues;
  readonly project: LimitValues;
}

/** Limits as people set them. `projectId` null: those of the tenant. */
export interface LimitStore {
  read(tenant: TenantContext, projectId: string | null): Promise<SetLimits>;
  /** How the tenant's queue works. */
  queue(tenant: TenantContext): Promise<QueueSettings>;
  /** Sets each named limit, and each named setting of the tenant's queue; null takes it back. What is not named stays. */
  change(
    tenant: TenantContext,
    projectId: string | null,
    change: Readonly<Partial<Record<LimitName, number | null | undefined>>>,
    queue?: QueueChange,
  ): Promise<void>;
  /** The greatest value that any project of the tenant has set for itself, by limit. */
  greatestOfProjects(tenant: TenantContext): Promise<LimitValues>;
}

/** Weights of tenants in the fair share, by slug. The caller has been judged to be an operator. */
export interface WeightStore {
  list(operator: TenantContext): Promise<{ tenant: string; weight: number }[]>;
  /** All of them after the change; not_found for an unknown tenant. */
  set(operator: TenantContext, tenant: string, weight: number): Promise<{ tenant: string; weight: number }[]>;
}
