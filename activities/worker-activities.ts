import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { LATE_REQUEST_MS } from '../src/domain/late-requests.js';
import type { LeaseRef } from '../src/domain/dispatch/lease.js';
import type { Supervisor } from '../src/ports/supervisor.js';
import type { WorkerActivities } from '../workflows/activity-types.js';
import { toFailure } from './failure.js';
import { publishImage, type PublishDeps } from './publish-image.js';

export interface WorkerActivityDeps extends PublishDeps {
  readonly supervisor: Supervisor;
  readonly heartbeatMs?: number;
}

/** Remote activities of a build host. The run itself lives in the supervisor: a repeated activity attaches to it. */
export function createWorkerActivities(deps: WorkerActivityDeps): WorkerActivities {
  const { supervisor, heartbeatMs = 1000 } = deps;
  return {
    async buildImage(input) {
      const lease = leaseOf(input);
      return beating(heartbeatMs, async (signal) => {
        try {
          return await supervisor.run(lease, signal);
        } catch (error) {
          // Only a cancel from the workflow ends the run: after a shutdown or a lost heartbeat the next try attaches to it.
          if (Context.current().cancellationDetails?.cancelRequested === true) await supervisor.stop(lease);
          signal.throwIfAborted();
          throw error;
        }
      });
    },
    async publishImage(input) {
      await beating(heartbeatMs, (signal) => publishImage(deps, leaseOf(input), input.digest, signal));
    },
  };
}

/** Does the work under heartbeats. A KilnError becomes a failure of its code; a cancellation stays one. */
async function beating<T>(heartbeatMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), heartbeatMs);
  try {
    return await work(context.cancellationSignal);
  } catch (thrown) {
    context.cancellationSignal.throwIfAborted();
    throw asHostFailure(thrown);
  } finally {
    clearInterval(timer);
  }
}

/** A removal that goes well is over by then. */
const FIRST_REMOVAL_WAIT_MS = 15_000;

/** So that six pauses, all that the tries of a publication have between them, outlast a removal that is never answered. */
const REMOVAL_WAIT_MS = LATE_REQUEST_MS / 5;

/**
 * Where another host speaks as this worker, that one may do it: it is asked at the next try, and the attempt is none the worse. A removal
 * that is still on its way is waited for in few tries.
 */
function asHostFailure(thrown: unknown): ApplicationFailure {
  const failure = toFailure(thrown);
  if (failure.type === 'removal_unanswered')
    return ApplicationFailure.create({
      ...{ type: failure.type, message: failure.message, nonRetryable: false },
      nextRetryDelay: Context.current().info.attempt === 1 ? FIRST_REMOVAL_WAIT_MS : REMOVAL_WAIT_MS,
    });
  if (failure.type !== 'worker_taken') return failure;
  return ApplicationFailure.create({ type: failure.type, message: failure.message, nonRetryable: false });
}

function leaseOf({ buildId, attempt, leaseId, fence }: LeaseRef): LeaseRef {
  return { buildId, attempt, leaseId, fence };
}
