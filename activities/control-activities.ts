import { Context, log } from '@temporalio/activity';
import type { LeaseRef } from '../src/domain/dispatch/lease.js';
import type { Dispatcher, Owner, Recorder } from '../src/ports/dispatch.js';
import type { ImageRegistry } from '../src/ports/image-registry.js';
import type { ControlActivities } from '../workflows/activity-types.js';
import { mapped } from './failure.js';

export interface ControlDeps {
  readonly dispatcher: Dispatcher;
  readonly recorder: Recorder;
  /** Registries with the credentials of a project. */
  readonly registryFor: (owner: Owner) => Pick<ImageRegistry, 'tag'>;
  /** Judges the staged image of a build and lets it pass or holds it. */
  readonly passGate: (lease: LeaseRef, signal: AbortSignal) => Promise<{ open: boolean }>;
  /** Empties the staging of a build that is over. */
  readonly cleanUp: (buildId: string, signal: AbortSignal) => Promise<unknown>;
}

/** The controller's steps of a build: unpack, call one port, map the error. A repetition gives the first answer again. */
export function createControlActivities({
  dispatcher,
  recorder,
  registryFor,
  passGate,
  cleanUp,
}: ControlDeps): ControlActivities {
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

    passGate: (lease) =>
      mapped(async () => {
        const passed = await passGate(lease, Context.current().cancellationSignal);
        if (!passed.open) log.info('build held at its gate', { build_id: lease.buildId });
        return passed;
      }),

    moveTags: (lease) =>
      mapped(() =>
        recorder.moveTags(
          lease,
          ({ tenantId, projectId, repository, digest, tag }, signal) =>
            registryFor({ tenantId, projectId }).tag(repository, digest, tag, signal),
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
        await cleanUp(buildId, Context.current().cancellationSignal);
      }),
  };
}
