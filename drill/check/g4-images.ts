import { splitDestination } from '../../src/domain/builds/staging.js';
import type { Evidence, Violation } from '../evidence.js';

/** G4: the digest of a success is served from each of its repositories, and every tag points at what is recorded of it. */
export function checkImages({ builds, tags, served }: Evidence): Violation[] {
  const recorded = new Set(tags.map(({ reference }) => reference));
  const ofBuilds = builds.flatMap(({ id, status, digest, destinations }) => {
    if (status !== 'success') return [];
    if (digest === null) return [{ id, text: 'it is a success without a digest' }];
    return destinations.flatMap((destination) => [
      ...(served[`${splitDestination(destination).repository}@${digest}`] === digest
        ? []
        : [{ id, text: `${destination}: the registry does not serve ${digest}` }]),
      ...(recorded.has(destination) ? [] : [{ id, text: `${destination}: no move of this tag is recorded` }]),
    ]);
  });
  const ofTags = tags.flatMap(({ reference, digest, buildId }) =>
    served[reference] === digest
      ? []
      : [{ id: buildId, text: `${reference} is ${served[reference] ?? 'absent'}, recorded is ${digest}` }],
  );
  return [...ofBuilds, ...ofTags].map(({ id, text }) => ({ promise: 'G4', buildId: id, evidence: text }));
}
