import type { Dispatcher, Recorder } from '../src/ports/dispatch.js';
import type { ImageRegistry } from '../src/ports/image-registry.js';
import type { ControlActivities } from '../workflows/activity-types.js';
import { mapped } from './failure.js';

export interface ControlDeps {
  readonly dispatcher: Dispatcher;
  readonly recorder: Recorder;
  readonly registry: ImageRegistry;
}

/** The controller's steps of a build: unpack, call one port, map the error. A repetition gives the first answer again. */
export function createControlActivities({ dispatcher, recorder, registry }: ControlDeps): ControlActivities {
  return {
    requestLease: ({ buildId }) => mapped(() => dispatcher.requestLease(buildId)),

    loseAttempt: (lease) => mapped(() => dispatcher.loseAttempt(lease)),

    moveTags: (lease) =>
      mapped(() =>
        recorder.moveTags(lease, ({ repository, digest, tag }) => registry.tag(repository, digest, tag)),
      ),

    recordBuild: ({ buildId, lease, ending }) => mapped(() => recorder.record(buildId, lease, ending)),

    releaseLease: (lease) => mapped(() => dispatcher.release(lease)),

    cleanUp: ({ buildId }) =>
      mapped(async () => {
        const left = await dispatcher.stagingLeft(buildId);
        if (left === null) return;
        const gone = await Promise.all(
          left.stagingTags.map((tag) => registry.untag(left.stagingRepository, tag).catch(() => false)),
        );
        await dispatcher.recordCleanup(buildId, gone.every(Boolean) ? 'completed' : 'failed');
      }),
  };
}
