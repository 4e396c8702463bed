import { Context } from '@temporalio/activity';
import type { ExploredImage } from '../src/ports/explorations.js';
import type { ExploreActivities } from '../workflows/activity-types.js';
import { mapped } from './failure.js';

const HEARTBEAT_MS = 5_000;

export interface ExploreDeps {
  readonly exploreImage: (image: ExploredImage, signal: AbortSignal) => Promise<void>;
  readonly giveUp: (tenantId: string, digest: string, reason: string) => Promise<void>;
}

/** What the controller does of explorations of images. */
export function createExploreActivities({ exploreImage, giveUp }: ExploreDeps): ExploreActivities {
  return {
    async exploreImage(image) {
      const context = Context.current();
      const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
      try {
        await mapped(() => exploreImage(image, context.cancellationSignal));
      } finally {
        clearInterval(timer);
      }
    },
    giveUpExploring: ({ tenantId, digest, reason }) => mapped(() => giveUp(tenantId, digest, reason)),
  };
}
