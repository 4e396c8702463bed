import { isNumbered } from './destinations.js';

/** Phases that a retry may begin with. `source`: everything anew; `publish`: the image of an earlier build of the chain, from staging. */
export const RESUME_PHASES = ['source', 'publish'] as const;
export type ResumePhase = (typeof RESUME_PHASES)[number];

/** How long the image of a build whose publication failed stays in staging, so that a retry can go on from it. */
export const STAGING_KEEP_MS = 24 * 60 * 60_000;

/**
 * Destinations of a retry: those of the build before. A repository that got the number of that build and `latest`, which is what a
 * build gets that names no tag, gets the number of the retry.
 */
export function retriedDestinations(
  destinations: readonly string[],
  numberBefore: number,
  buildNumber: number,
): string[] {
  return destinations.map((destination) =>
    isNumbered(destination, numberBefore, destinations)
      ? `${destination.slice(0, -String(numberBefore).length)}${buildNumber}`
      : destination,
  );
}
