import type { Evidence, LeaseFacts, Violation } from '../evidence.js';
import { grouped } from './facts.js';

/**
 * G3: at no instant more valid leases than slots of a host, than the limit of a tenant, or than one for a build; a host counts its leases
 * exactly; and no effect came under a lease that was over or overtaken.
 */
export function checkLeases(evidence: Evidence): Violation[] {
  const workers = new Map(evidence.workers.map((worker) => [worker.id, worker]));
  const violations: Violation[] = [];
  const add = (buildId: string | null, text: string) =>
    violations.push({ promise: 'G3', buildId, evidence: text });
  for (const [workerId, leases] of grouped(evidence.leases, (lease) => lease.workerId)) {
    const { name = workerId, slots = 0 } = workers.get(workerId) ?? {};
    const most = mostAtOnce(leases);
    if (most.count > slots)
      add(most.buildId, `${name} has ${slots} slots and held ${most.count} leases at ${most.atMs}`);
  }
  for (const [tenantId, limit] of Object.entries(evidence.tenantLimits)) {
    const most = mostAtOnce(evidence.leases.filter((lease) => lease.tenantId === tenantId));
    if (most.count > limit)
      add(most.buildId, `tenant ${tenantId} may run ${limit} builds and ran ${most.count} at ${most.atMs}`);
  }
  for (const [buildId, leases] of grouped(evidence.leases, (lease) => lease.buildId)) {
    const most = mostAtOnce(leases);
    if (most.count > 1) add(buildId, `it held ${most.count} leases at ${most.atMs}`);
    const fences = leases.map(({ fence }) => fence);
    if (fences.some((fence, index) => index > 0 && fence <= fences[index - 1]!))
      add(buildId, `its fences do not grow: ${fences.join(', ')}`);
  }
  for (const { id, name, counted } of evidence.workers) {
    const valid = evidence.leases.filter((lease) => lease.workerId === id && lease.endedAtMs === null).length;
    if (valid !== counted) add(null, `${name} counts ${counted} builds and holds ${valid} leases`);
  }
  for (const { kind, buildId, attempt, atMs, isHeld } of evidence.effects) {
    if (isHeld === false)
      add(
        buildId,
        `${kind}${attempt === null ? '' : ` of attempt ${attempt}`} at ${atMs} came without a valid lease`,
      );
  }
  return violations;
}

/** The most leases that were valid at one instant, and the build whose lease made them so many. */
function mostAtOnce(leases: readonly LeaseFacts[]): { count: number; atMs: number; buildId: string | null } {
  const changes = leases
    .flatMap(({ buildId, grantedAtMs, endedAtMs }) => [
      { atMs: grantedAtMs, by: 1, buildId },
      { atMs: endedAtMs ?? Infinity, by: -1, buildId },
    ])
    .sort((a, b) => a.atMs - b.atMs || a.by - b.by);
  let count = 0;
  let most: { count: number; atMs: number; buildId: string | null } = { count: 0, atMs: 0, buildId: null };
  for (const { atMs, by, buildId } of changes) {
    count += by;
    if (count > most.count) most = { count, atMs, buildId };
  }
  return most;
}
