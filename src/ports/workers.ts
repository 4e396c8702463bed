import type { Worker, WorkerPage } from '../contracts/workers.js';
import type { Scheduling } from '../domain/dispatch/worker.js';
import type { TenantContext } from './stores.js';

/** Who changes a worker. */
export interface WorkerOwner extends TenantContext {
  /** Whether shared workers are theirs to change. */
  readonly isOperator: boolean;
}

/**
 * Build hosts as people see and change them. Workers of other tenants are `not_found`; `forbidden` is a shared one to whoever is not the
 * operator.
 */
export interface WorkerStore {
  list(tenant: TenantContext): Promise<Worker[]>;
  get(tenant: TenantContext, name: string): Promise<WorkerPage>;
  /** Raises `worker_name_taken`. The token is given in clear here and nowhere else. */
  add(
    owner: WorkerOwner,
    worker: { readonly name: string; readonly isShared: boolean },
  ): Promise<{ worker: Worker; token: string }>;
  /** Once it resolves no grant is made to a worker that is not open. `open` ends a quarantine too. */
  schedule(owner: WorkerOwner, name: string, scheduling: Scheduling): Promise<Worker>;
  /** Raises `worker_has_builds` unless forced; then the controller ends its leases. Its token is void. */
  remove(owner: WorkerOwner, name: string, options: { readonly force: boolean }): Promise<void>;
}
