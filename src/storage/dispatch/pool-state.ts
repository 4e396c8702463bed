import { sql } from 'kysely';
import type { WorkerOffer } from '../../domain/dispatch/choose-worker.js';
import { type ConcurrencyPolicy, type RunningCount, UNLIMITED } from '../../domain/dispatch/limits.js';
import type { Tx } from '../database.js';
import { CONDITION_COLUMNS, judgeRow } from '../workers/condition.js';
import { VALID_STATES } from './valid-leases.js';

/** What decides about grants. True for as long as the pool's lock is held. */
export interface PoolState {
  readonly workers: readonly WorkerOffer[];
  readonly running: readonly RunningCount[];
  policyOf(tenantId: string): ConcurrencyPolicy;
}

/** Reads workers with free slots, valid leases by queue, and the limits. */
export async function readPool(tx: Tx, workerSilenceMs: number): Promise<PoolState> {
  const workers = await readWorkers(tx, workerSilenceMs);
  const running = await readRunning(tx);
  const policies = await readPolicies(tx);
  return { workers, running, policyOf: (tenantId) => policies.get(tenantId) ?? UNLIMITED };
}

async function readWorkers(tx: Tx, workerSilenceMs: number): Promise<WorkerOffer[]> {
  const rows = await tx
    .selectFrom('build_workers')
    .select(['id', 'worker_name', 'tenant_id', 'methods', 'labels', ...CONDITION_COLUMNS])
    .select(sql<Date>`clock_timestamp()`.as('now'))
    .where('status', 'in', ['healthy', 'busy'])
    .whereRef('current_builds_count', '<', 'concurrent_builds_limit')
    .execute();
  const open = rows.filter((row) => judgeRow(row, row.now, workerSilenceMs).refusal === null);
  return open.map((row) => ({
    workerId: row.id,
    workerName: row.worker_name,
    tenantId: row.tenant_id,
    methods: row.methods,
    labels: row.labels,
    freeSlots: row.concurrent_builds_limit - row.current_builds_count,
  }));
}

/** Valid leases by queue, as far as the transaction sees them. */
export async function readRunning(tx: Tx): Promise<RunningCount[]> {
  return tx
    .selectFrom('leases')
    .select((eb) => [
      'tenant_id as tenantId',
      'project_id as projectId',
      'build_method as method',
      eb.fn.countAll<number>().as('count'),
    ])
    .where('state', 'in', VALID_STATES)
    .groupBy(['tenant_id', 'project_id', 'build_method'])
    .execute();
}

/** The methods that a policy can limit by itself: those with a column of their own. */
const LIMITED_METHODS = ['kaniko', 'buildx', 'container', 'paketo', 'packer'] as const;

/** Limits by tenant, as far as the transaction sees them. */
export async function readPolicies(tx: Tx): Promise<Map<string, ConcurrencyPolicy>> {
  const rows = await tx.selectFrom('build_concurrency_policies').selectAll().execute();
  return new Map(
    rows.map((row) => [
      row.tenant_id,
      {
        maxConcurrentBuilds: row.max_concurrent_builds,
        maxConcurrentPerProject: row.max_concurrent_per_project,
        methodMaxConcurrent: Object.fromEntries(
          LIMITED_METHODS.map((method) => [method, row[`${method}_max_concurrent`]]),
        ),
        weight: row.weight,
      },
    ]),
  );
}
