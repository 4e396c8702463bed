import { requestsOf } from '../client-history.js';
import type { BuildFacts, Evidence, Violation } from '../evidence.js';
import { manifestAt } from '../manifest-at.js';
import { buildsById } from './facts.js';

/** G8: after a cancel was acknowledged nothing is published, neither a manifest nor a tag, unless that had begun before; then the end says so. */
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
    const { cancelRequestedAtMs, publishBeganAtMs, tagsBeganAtMs, status, tagsMoved, failureReason } = build;
    const served = build.destinations.filter((one) => !movedBy.has(one) && evidence.served[one] != null);
    const moved = [
      ...tagsMoved,
      ...(evidence.builds.some((other) => other.firstBuildId === id) ? [] : served),
    ];
    const sent = publishBeganAtMs === null ? sentManifests(evidence, build) : [];
    const wrong = [
      ...(sent.length > 0 ? [`${sent.join(', ')} is served though its publication never began`] : []),
      ...(publishBeganAtMs !== null && publishBeganAtMs > cancelRequestedAtMs
        ? [`its publication began ${publishBeganAtMs - cancelRequestedAtMs} ms after the cancel`]
        : []),
      ...(tagsBeganAtMs !== null && tagsBeganAtMs > cancelRequestedAtMs
        ? [`its tags began to move ${tagsBeganAtMs - cancelRequestedAtMs} ms after the cancel`]
        : []),
      ...(moved.length > 0 && publishBeganAtMs === null
        ? [`${moved.join(', ')} was moved though its publication never began`]
        : []),
      ...(status === 'success' && (tagsBeganAtMs ?? Infinity) > cancelRequestedAtMs
        ? ['it is a success, though its cancel came before its tags']
        : []),
      ...(status === 'cancelled' &&
      publishBeganAtMs !== null &&
      failureReason?.includes('publication had begun') !== true
        ? ['its publication had begun, and its end does not say so']
        : []),
    ];
    return wrong.map((text) => ({ promise: 'G8', buildId: id, evidence: text }));
  });
}

/** Manifests of its image that its destinations serve and no other build has published there. */
function sentManifests({ builds, served }: Evidence, build: BuildFacts): string[] {
  const { id, stagedDigest, destinations } = build;
  if (stagedDigest === null) return [];
  const others = builds.filter((other) => other.id !== id && other.publishBeganAtMs !== null);
  const sentByOthers = new Set(
    others.flatMap((other) =>
      [other.digest, other.stagedDigest].flatMap((digest) =>
        digest === null ? [] : other.destinations.map((one) => manifestAt(one, digest)),
      ),
    ),
  );
  const own = new Set(destinations.map((one) => manifestAt(one, stagedDigest)));
  return [...own].filter((manifest) => served[manifest] != null && !sentByOthers.has(manifest));
}
