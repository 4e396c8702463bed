import { Context } from '@temporalio/activity';
import type { LeaseRef } from '../src/domain/dispatch/lease.js';
import type { ImageRegistry } from '../src/ports/image-registry.js';
import type { Supervisor } from '../src/ports/supervisor.js';
import type { WorkerActivities } from '../workflows/activity-types.js';
import { toFailure } from './failure.js';

export interface WorkerActivityDeps {
  readonly supervisor: Supervisor;
  readonly registry: Pick<ImageRegistry, 'copy'>;
  readonly heartbeatMs?: number;
}

/** Remote activities of a build host. The run itself lives in the supervisor: a repeated activity attaches to it. */
export function createWorkerActivities(deps: WorkerActivityDeps): WorkerActivities {
  const { supervisor, registry, heartbeatMs = 1000 } = deps;
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
      await beating(heartbeatMs, async (signal) => {
        const { from, to } = await supervisor.publishSpec(leaseOf(input));
        for (const repository of to) {
          signal.throwIfAborted();
          await registry.copy(from, repository, input.digest, signal);
        }
        signal.throwIfAborted();
      });
    },
  };
}

/** Does the work under heartbeats. A KilnError becomes a failure of its code; a cancellation stays one. */
async function beating<T>(heartbeatMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  context.heartbeat();
  const timer = setInterval(() => context.heartbeat(), heartbeatMs);
  try {
    return await work(context.cancellationSignal);
  } catch (thrown) {
    context.cancellationSignal.throwIfAborted();
    throw toFailure(thrown);
  } finally {
    clearInterval(timer);
  }
}

function leaseOf({ buildId, attempt, leaseId, fence }: LeaseRef): LeaseRef {
  return { buildId, attempt, leaseId, fence };
}
