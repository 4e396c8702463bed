import { timeLimit } from '../domain/time-limit.js';
import type { Dispatcher, Owner } from '../ports/dispatch.js';
import type { ImageRegistry } from '../ports/image-registry.js';
import type { TidyUp } from './tidy-publications.js';

/** Shorter than the time of a control step, so that a registry that hangs holds nothing here. */
const UNTAG_TIMEOUT_MS = 10_000;

/**
 * Empties the staging of a build that is over, and at the success of a retry that of its chain; records and tells whether it is empty
 * now. Then removes what a publication that came to nothing has left at its destinations. Does nothing before the end, and leaves what a
 * retry may go on from.
 */
export type CleanUp = (buildId: string, signal?: AbortSignal) => Promise<boolean>;

/** The one way in which staging tags go: for the workflow that has ended its build, and for the audit where no workflow did. */
export function createCleanUp(deps: {
  readonly dispatcher: Pick<Dispatcher, 'stagingLeft' | 'recordCleanup'>;
  /** Registries with the credentials of a project. */
  readonly registryFor: (owner: Owner) => Pick<ImageRegistry, 'untag'>;
  readonly tidyUp: TidyUp;
}): CleanUp {
  return async (buildId, signal) => {
    const all = await deps.dispatcher.stagingLeft(buildId);
    let isEmpty = all.length > 0;
    for (const left of all) {
      const registry = deps.registryFor(left);
      const gone = await Promise.all(
        left.stagingTags.map((tag) => {
          const either = timeLimit(UNTAG_TIMEOUT_MS, signal);
          return registry.untag(left.stagingRepository, tag, either).catch(() => false);
        }),
      );
      await deps.dispatcher.recordCleanup(left.buildId, gone.every(Boolean) ? 'completed' : 'failed');
      isEmpty &&= gone.every(Boolean);
    }
    await deps.tidyUp(buildId, signal);
    return isEmpty;
  };
}
