import type { QueueHead } from './order.js';
import type { OnLimit } from './queue-settings.js';

/** Limits of a tenant; null does not limit. */
export interface ConcurrencyPolicy {
  readonly maxConcurrentBuilds: number | null;
  readonly maxConcurrentPerProject: number | null;
  readonly methodMaxConcurrent: Readonly<Record<string, number | null>>;
  readonly weight: number;
  readonly onLimit: OnLimit;
  /** Whether the priority of builds decides. */
  readonly countsPriority: boolean;
}

/** What holds without a policy row. */
export const UNLIMITED: ConcurrencyPolicy = {
  maxConcurrentBuilds: null,
  maxConcurrentPerProject: null,
  methodMaxConcurrent: {},
  weight: 1,
  onLimit: 'queue',
  countsPriority: true,
};

/** Valid leases of one (tenant, project, method); `chargedMs` is what they count in the share of their tenant. */
export interface RunningCount {
  readonly tenantId: string;
  readonly projectId: string;
  readonly method: string;
  readonly count: number;
  readonly chargedMs: number;
}

/** The column of the policy that blocks a build. */
export type BlockingLimit =
  | 'max_concurrent_builds'
  | 'max_concurrent_per_project'
  | `${string}_max_concurrent`;

/** The first limit that the build would exceed; null when it may start. */
export function blockingLimit(
  head: Pick<QueueHead, 'tenantId' | 'projectId' | 'method'>,
  policy: ConcurrencyPolicy,
  running: readonly Omit<RunningCount, 'chargedMs'>[],
): BlockingLimit | null {
  const own = running.filter((row) => row.tenantId === head.tenantId);
  const reached = (limit: number | null | undefined, rows: readonly Pick<RunningCount, 'count'>[]): boolean =>
    limit !== null && limit !== undefined && total(rows) >= limit;
  if (reached(policy.maxConcurrentBuilds, own)) return 'max_concurrent_builds';
  if (
    reached(
      policy.maxConcurrentPerProject,
      own.filter((row) => row.projectId === head.projectId),
    )
  ) {
    return 'max_concurrent_per_project';
  }
  if (
    reached(
      policy.methodMaxConcurrent[head.method],
      own.filter((row) => row.method === head.method),
    )
  ) {
    return `${head.method}_max_concurrent`;
  }
  return null;
}

/** Whether a build counts for a limit that blocks another. */
export function holdsLimit(
  limit: BlockingLimit,
  blocked: Pick<QueueHead, 'projectId' | 'method'>,
  build: Pick<QueueHead, 'projectId' | 'method'>,
): boolean {
  if (limit === 'max_concurrent_builds') return true;
  if (limit === 'max_concurrent_per_project') return build.projectId === blocked.projectId;
  return build.method === blocked.method;
}

/** What a limit of a policy allows. */
export function allowedBy(limit: BlockingLimit, policy: ConcurrencyPolicy): number {
  if (limit === 'max_concurrent_builds') return policy.maxConcurrentBuilds ?? Infinity;
  if (limit === 'max_concurrent_per_project') return policy.maxConcurrentPerProject ?? Infinity;
  return policy.methodMaxConcurrent[limit.replace(/_max_concurrent$/, '')] ?? Infinity;
}

/** How many leases the rows add up to. */
export function total(rows: readonly Pick<RunningCount, 'count'>[]): number {
  return rows.reduce((sum, row) => sum + row.count, 0);
}
