import type { BuildNeeds } from './needs.js';

/** How much waiting one point of priority is worth. */
export const PRIORITY_POINT_MS = 60_000;
const PRIORITY_LIMIT = 10_000;

/** The head of one queue, which is named by (tenant, project, method). Times are milliseconds since 1970. */
export interface QueueHead {
  readonly buildId: string;
  readonly tenantId: string;
  readonly projectId: string;
  readonly method: string;
  readonly needs: BuildNeeds;
  readonly dispatchAtMs: number;
  readonly createdAtMs: number;
}

/** What a tenant runs now, and its weight in the fair share (at least 1). */
export interface TenantShare {
  readonly running: number;
  readonly weight: number;
}

/**
 * Priority with ageing as one number that does not change while a build waits: a point of priority moves the acceptance
 * time ahead by a minute, so a build that has waited a minute longer equals one with a point more.
 */
export function dispatchAtMs(createdAtMs: number, priority: number): number {
  const points = Math.max(-PRIORITY_LIMIT, Math.min(PRIORITY_LIMIT, priority));
  return createdAtMs - points * PRIORITY_POINT_MS;
}

/** The order in which heads are tried: weighted fair share between tenants, then priority with ageing, then age, then id. */
export function orderHeads(
  heads: readonly QueueHead[],
  shares: ReadonlyMap<string, TenantShare>,
): QueueHead[] {
  const load = (head: QueueHead): number => {
    const share = shares.get(head.tenantId);
    return share === undefined ? 0 : share.running / share.weight;
  };
  return [...heads].sort(
    (a, b) =>
      load(a) - load(b) ||
      a.dispatchAtMs - b.dispatchAtMs ||
      a.createdAtMs - b.createdAtMs ||
      (a.buildId < b.buildId ? -1 : a.buildId > b.buildId ? 1 : 0),
  );
}
