import { requestsOf } from '../client-history.js';
import type { Evidence, Violation } from '../evidence.js';
import { buildsById } from './facts.js';

/** G8: after a cancel was acknowledged nothing is published, unless that had begun before; then the end says so. */
export function checkCancels(evidence: Evidence): Violation[] {
  const builds = buildsById(evidence);
  const cancelled = new Set(
    requestsOf(evidence.history).flatMap(({ act, answer, buildId }) =>
      act === 'cancel' && answer === 'ok' && buildId !== null ? [buildId] : [],
    ),
  );
  const movedBy = new Map(evidence.tags.map(({ reference, buildId }) => [reference, buildId]));
  return [...cancelled].flatMap((id): Violation[] => {
    const build = builds.get(id);
    if (build === undefined || build.cancelRequestedAtMs === null) return [];
    const { cancelRequestedAtMs, publishBeganAtMs, status, tagsMoved, failureReason } = build;
    const hadBegun = publishBeganAtMs !== null && publishBeganAtMs <= cancelRequestedAtMs;
    const served = build.destinations.filter((one) => !movedBy.has(one) && evidence.served[one] != null);
    const moved = [
      ...tagsMoved,
      ...(evidence.builds.some((other) => other.firstBuildId === id) ? [] : served),
    ];
    const wrong = [
      ...(publishBeganAtMs !== null && !hadBegun
        ? [`its publication began ${publishBeganAtMs - cancelRequestedAtMs} ms after the cancel`]
        : []),
      ...(moved.length > 0 && publishBeganAtMs === null
        ? [`${moved.join(', ')} was moved though its publication never began`]
        : []),
      ...(status === 'success' && !hadBegun
        ? ['it is a success, though its cancel came before the publication']
        : []),
      ...(status === 'cancelled' &&
      moved.length > 0 &&
      failureReason?.includes('publication had begun') !== true
        ? [`${moved.join(', ')} was moved, and its end does not say so`]
        : []),
    ];
    return wrong.map((text) => ({ promise: 'G8', buildId: id, evidence: text }));
  });
}
