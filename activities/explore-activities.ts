import type { ExploredImage } from '../src/ports/explorations.js';
import type { ExploreActivities, InspectActivities } from '../workflows/activity-types.js';
import { beating } from './beating.js';
import { mapped } from './failure.js';

const HEARTBEAT_MS = 2_000;

export interface ExploreDeps {
  readonly exploreImage: (image: ExploredImage, signal: AbortSignal) => Promise<void>;
  readonly giveUp: (tenantId: string, digest: string, reason: string) => Promise<void>;
  readonly inspectImage: (image: ExploredImage, signal: AbortSignal) => Promise<void>;
  readonly inspectInUse: (after: string | null, signal: AbortSignal) => Promise<string | null>;
  readonly giveUpInspecting: (image: ExploredImage, reason: string) => Promise<void>;
  /** Told when all is known of an image that will be. Raises nothing: what is left to do is done later. */
  readonly lookedInto: (image: ExploredImage) => Promise<void>;
}

/** What the controller does of explorations of images. */
export function createExploreActivities(deps: ExploreDeps): ExploreActivities {
  return {
    exploreImage: (image) => beating(HEARTBEAT_MS, (signal) => deps.exploreImage(image, signal)),
    giveUpExploring: ({ reason, ...image }) =>
      mapped(async () => {
        await deps.giveUp(image.tenantId, image.digest, reason);
        await deps.lookedInto(image);
      }),
    inspectImage: (image) =>
      beating(HEARTBEAT_MS, async (signal) => {
        await deps.inspectImage(image, signal);
        await deps.lookedInto(image);
      }),
    inspectInUse: ({ after }) =>
      beating(HEARTBEAT_MS, async (signal) => ({ next: await deps.inspectInUse(after, signal) })),
    giveUpInspecting: ({ reason, ...image }) =>
      mapped(async () => {
        await deps.giveUpInspecting(image, reason);
        await deps.lookedInto(image);
      }),
  };
}

/** What the controller does for builds that wait at their gates. */
export function createInspectActivities(deps: {
  readonly inspectStaged: (buildId: string, signal: AbortSignal) => Promise<void>;
}): InspectActivities {
  return {
    inspectStaged: ({ buildId }) => beating(HEARTBEAT_MS, (signal) => deps.inspectStaged(buildId, signal)),
  };
}
