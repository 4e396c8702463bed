import { requestsOf } from '../client-history.js';
import type { Evidence, Violation } from '../evidence.js';
import { buildsById, isTerminal } from './facts.js';

/**
 * G1: what was acknowledged is there and comes to an end, a request under the same key names the same build, and none that was repeated
 * until it was answered goes without an answer.
 */
export function checkAcknowledged(evidence: Evidence): Violation[] {
  const builds = buildsById(evidence);
  const violations: Violation[] = [];
  const add = (buildId: string | null, text: string) =>
    violations.push({ promise: 'G1', buildId, evidence: text });
  const byKey = new Map<string, string>();
  const answered = new Set<string>();
  const requests = requestsOf(evidence.history);
  for (const { act, key, answer, buildId, order, invokedAtMs, answeredAtMs } of requests) {
    const name = `${act} of order ${order}`;
    if (answer !== 'unknown') answered.add(name);
    if (answer !== 'ok' || buildId === null) continue;
    const build = builds.get(buildId);
    if (build === undefined) {
      add(buildId, `${name} was acknowledged, and there is no such build`);
      continue;
    }
    const first = key === null ? buildId : byKey.get(key);
    if (key !== null && first === undefined) byKey.set(key, buildId);
    if (first !== undefined && first !== buildId)
      add(buildId, `${name} under the key ${key ?? ''} named ${first} before`);
    const wasOver = build.completedAtMs !== null && build.completedAtMs <= answeredAtMs;
    if (act === 'cancel' && build.cancelRequestedAtMs === null && !wasOver)
      add(
        buildId,
        `${name}, sent at ${invokedAtMs}, was acknowledged before the build ended, and is not written down`,
      );
  }
  for (const { act, order } of requests) {
    const name = `${act} of order ${order}`;
    if (answered.has(name)) continue;
    answered.add(name);
    add(null, `${name} was never answered`);
  }
  for (const { id, status, attemptCount } of evidence.builds) {
    if (!isTerminal(status))
      add(id, `it was accepted and has not ended: ${status} after ${attemptCount} attempts`);
  }
  return violations;
}
