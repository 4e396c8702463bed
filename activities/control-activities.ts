import { Context, log } from '@temporalio/activity';
import type { Dispatcher, Recorder } from '../src/ports/dispatch.js';
import type { ImageRegistry } from '../src/ports/image-registry.js';
import type { ControlActivities } from '../workflows/activity-types.js';
import { mapped } from './failure.js';

/** Shorter than the activity's own time, so that a registry that hangs holds nothing here. */
const UNTAG_TIMEOUT_MS = 10_000;

/** Ends with the activity, or after the time. */
function within(timeoutMs: number): AbortSignal {
  return AbortSignal.any([Context.current().cancellationSignal, AbortSignal.timeout(timeoutMs)]);
}

export interface ControlDeps {
  readonly dispatcher: Dispatcher;
  readonly recorder: Recorder;
  readonly registry: ImageRegistry;
}

/** The controller's steps of a build: unpack, call one port, map the error. A repetition gives the first answer again. */
export function createControlActivities({ dispatcher, recorder, registry }: ControlDeps): ControlActivities {
  return {
    requestLease: ({ buildId }) => mapped(() => dispatcher.requestLease(buildId)),

    loseAttempt: (lease) =>
      mapped(async () => {
        await dispatcher.loseAttempt(lease);
        log.warn('attempt lost', { build_id: lease.buildId, attempt: lease.attempt });
      }),

    tryAgain: (lease) =>
      mapped(async () => {
        const again = await dispatcher.tryAgain(lease);
        if (again) log.warn('attempt is made again', { build_id: lease.buildId, attempt: lease.attempt });
        return { again };
      }),

    moveTags: (lease) =>
      mapped(() =>
        recorder.moveTags(
          lease,
          ({ repository, digest, tag }, signal) => registry.tag(repository, digest, tag, signal),
          Context.current().cancellationSignal,
        ),
      ),

    recordBuild: ({ buildId, lease, ending }) =>
      mapped(async () => {
        const recorded = await recorder.record(buildId, lease, ending);
        log.info('build recorded', { build_id: buildId, ending: ending.kind, status: recorded.status });
        return recorded;
      }),

    releaseLease: (lease) => mapped(() => dispatcher.release(lease)),

    cleanUp: ({ buildId }) =>
      mapped(async () => {
        const left = await dispatcher.stagingLeft(buildId);
        if (left === null) return;
        const gone = await Promise.all(
          left.stagingTags.map((tag) =>
            registry.untag(left.stagingRepository, tag, within(UNTAG_TIMEOUT_MS)).catch(() => false),
          ),
        );
        await dispatcher.recordCleanup(buildId, gone.every(Boolean) ? 'completed' : 'failed');
      }),
  };
}
