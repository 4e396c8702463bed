import { sql } from 'kysely';
import type { WorkerOffer } from '../../domain/dispatch/choose-worker.js';
import { chargeOf, type UsedShare } from '../../domain/dispatch/fair-share.js';
import { type ConcurrencyPolicy, type RunningCount, UNLIMITED } from '../../domain/dispatch/limits.js';
import type { Tx } from '../database.js';
import { CONDITION_COLUMNS, judgeRow } from '../workers/condition.js';
import { VALID_STATES } from './valid-leases.js';

/** What decides about grants. True for as long as the pool's lock is held. */
export interface PoolState {
  readonly workers: readonly WorkerOffer[];
  readonly running: readonly RunningCount[];
  /** What tenants have used before, by tenant. */
  readonly used: ReadonlyMap<string, UsedShare>;
  readonly nowMs: number;
  policyOf(tenantId: string): ConcurrencyPolicy;
}

/** Reads workers with free slots, valid leases by queue, the shares and the limits. */
export async function readPool(tx: Tx, workerSilenceMs: number): Promise<PoolState> {
  const { workers, nowMs } = await readWorkers(tx, workerSilenceMs);
  // Nobody asks for the rest where there is no slot.
  if (workers.length === 0) return NO_SLOTS;
  const running = await readRunning(tx);
  const policies = await readPolicies(tx);
  const used = await readUsed(tx);
  return { workers, running, used, nowMs, policyOf: (tenantId) => policies.get(tenantId) ?? UNLIMITED };
}

const NO_SLOTS: PoolState = {
  workers: [],
  running: [],
  used: new Map(),
  nowMs: 0,
  policyOf: () => UNLIMITED,
};

async function readWorkers(tx: Tx, workerSilenceMs: number): Promise<Pick<PoolState, 'workers' | 'nowMs'>> {
  const rows = await tx
    .selectFrom('build_workers')
    .select(['id', 'worker_name', 'tenant_id', 'methods', 'labels', ...CONDITION_COLUMNS])
    .select(sql<Date>`clock_timestamp()`.as('now'))
    .where('status', 'in', ['healthy', 'busy'])
    .whereRef('current_builds_count', '<', 'concurrent_builds_limit')
    .execute();
  const open = rows.filter((row) => judgeRow(row, row.now, workerSilenceMs).refusal === null);
  return {
    nowMs: rows[0]?.now.getTime() ?? 0,
    workers: open.map((row) => ({
      workerId: row.id,
      workerName: row.worker_name,
      tenantId: row.tenant_id,
      methods: row.methods,
      labels: row.labels,
      freeSlots: row.concurrent_builds_limit - row.current_builds_count,
    })),
  };
}

/** Valid leases by queue, as far as the transaction sees them. */
async function readRunning(tx: Tx): Promise<RunningCount[]> {
  const rows = await tx
    .selectFrom('leases')
    .select(['tenant_id', 'project_id', 'build_method'])
    .select(sql<number>`extract(epoch FROM clock_timestamp() - granted_at)::float8 * 1000`.as('elapsedMs'))
    .where('state', 'in', VALID_STATES)
    .execute();
  const counts = new Map<string, RunningCount>();
  for (const row of rows) {
    const { tenant_id: tenantId, project_id: projectId, build_method: method } = row;
    const key = `${tenantId} ${projectId} ${method}`;
    const { count, chargedMs } = counts.get(key) ?? { count: 0, chargedMs: 0 };
    const charged = chargedMs + chargeOf(row.elapsedMs);
    counts.set(key, { tenantId, projectId, method, count: count + 1, chargedMs: charged });
  }
  return [...counts.values()];
}

async function readUsed(tx: Tx): Promise<Map<string, UsedShare>> {
  const rows = await tx.selectFrom('tenant_shares').selectAll().execute();
  return new Map(
    rows.map((row) => [row.tenant_id, { usedMs: row.used_milliseconds, asOfMs: row.as_of.getTime() }]),
  );
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
        onLimit: row.on_limit,
        countsPriority: row.priority_dispatch_enabled,
      },
    ]),
  );
}
