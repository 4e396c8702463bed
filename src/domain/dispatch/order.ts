import type { BuildNeeds } from './needs.js';

/** How much waiting one point of priority is worth. */
export const PRIORITY_POINT_MS = 60_000;
/** Points beyond it count as so many. */
export const PRIORITY_LIMIT = 10_000;

/** The head of one queue, which is named by (tenant, project, method, needs). Times are milliseconds since 1970. */
export interface QueueHead {
  readonly buildId: string;
  readonly tenantId: string;
  readonly projectId: string;
  readonly method: string;
  readonly needs: BuildNeeds;
  readonly dispatchAtMs: number;
  readonly createdAtMs: number;
}

/** What decides between builds, beside the share of their tenants. */
export type InLine = Pick<QueueHead, 'buildId' | 'dispatchAtMs' | 'createdAtMs'>;

/**
 * Priority with ageing as one number that does not change while a build waits: a point of priority moves the acceptance
 * time ahead by a minute, so a build that has waited a minute longer equals one with a point more.
 */
export function dispatchAtMs(createdAtMs: number, priority: number): number {
  const points = Math.max(-PRIORITY_LIMIT, Math.min(PRIORITY_LIMIT, priority));
  return createdAtMs - points * PRIORITY_POINT_MS;
}

/** The order of builds of one tenant: priority with ageing, then age, then id. */
export function inLine(a: InLine, b: InLine): number {
  return (
    a.dispatchAtMs - b.dispatchAtMs ||
    a.createdAtMs - b.createdAtMs ||
    (a.buildId < b.buildId ? -1 : a.buildId > b.buildId ? 1 : 0)
  );
}

/**
 * The order in which heads are tried: tenants by the slot time that they have used lately over their weight (`loads`; 0 where absent),
 * least first, then `inLine`.
 */
export function orderHeads(heads: readonly QueueHead[], loads: ReadonlyMap<string, number>): QueueHead[] {
  const load = ({ tenantId }: QueueHead): number => loads.get(tenantId) ?? 0;
  return heads.toSorted((a, b) => load(a) - load(b) || inLine(a, b));
}
