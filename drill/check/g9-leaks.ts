import type { Evidence, Violation } from '../evidence.js';
import { buildsById } from './facts.js';

/** Judged when everything has come to rest. G9: nothing is left of a build that is over. */
export function checkLeaks(evidence: Evidence): Violation[] {
  const builds = buildsById(evidence);
  const violations: Violation[] = [];
  const add = (buildId: string | null, text: string) =>
    violations.push({ promise: 'G9', buildId, evidence: text });
  const isOver = (buildId: string): boolean =>
    builds.get(buildId)?.completedAtMs != null || !builds.has(buildId);
  for (const { buildId, attempt, endedAtMs } of evidence.leases) {
    if (endedAtMs === null && isOver(buildId)) add(buildId, `the lease of attempt ${attempt} is still valid`);
  }
  for (const workflowId of evidence.openWorkflows) {
    const buildId = workflowId.slice(workflowId.indexOf('/') + 1);
    const isChain =
      workflowId.startsWith('retry/') &&
      evidence.builds.some((one) => one.firstBuildId === buildId && one.completedAtMs === null);
    if (isOver(buildId) && !isChain) add(buildId, `the workflow ${workflowId} is open`);
  }
  for (const { buildId, reference } of evidence.staged) {
    const build = builds.get(buildId);
    if (isOver(buildId) && build?.isStagingKept !== true) add(buildId, `${reference} lies in staging`);
  }
  for (const { kind, what, buildId } of evidence.left) {
    if (isOver(buildId)) add(buildId, `a ${kind} is left: ${what}`);
  }
  for (const { id, cleanup, completedAtMs, isStagingKept } of evidence.builds) {
    if (completedAtMs !== null && cleanup !== 'completed' && !isStagingKept)
      add(id, `its clean-up is ${cleanup}`);
  }
  return violations;
}
