import type { Dispatcher } from '../ports/dispatch.js';
import type { ExploredImage } from '../ports/explorations.js';
import type { CleanUp } from './clean-up.js';

/**
 * Empties the staging of the what-ifs that have made an image, once all is known of it that is compared. Raises nothing: what is not
 * emptied here, the audit finds.
 */
export function createCleanUpLookedInto(deps: {
  readonly dispatcher: Pick<Dispatcher, 'releaseWhatIfs'>;
  readonly cleanUp: CleanUp;
}): (image: ExploredImage) => Promise<void> {
  return async (image) => {
    try {
      for (const buildId of await deps.dispatcher.releaseWhatIfs(image)) await deps.cleanUp(buildId);
    } catch {
      // The rows say what is left.
    }
  };
}
