import { Context } from '@temporalio/activity';
import { KilnError } from '../src/domain/errors.js';
import type { LeaseRef } from '../src/domain/dispatch/lease.js';
import type { ImageRegistry } from '../src/ports/image-registry.js';
import type { RegistryCredential } from '../src/ports/secrets.js';
import type { Supervisor } from '../src/ports/supervisor.js';
import type { WorkerActivities } from '../workflows/activity-types.js';
import { toFailure } from './failure.js';

export interface WorkerActivityDeps {
  readonly supervisor: Supervisor;
  /** Registries with the credentials of one publication. */
  readonly registryFor: (credentials: readonly RegistryCredential[]) => Pick<ImageRegistry, 'copy' | 'head'>;
  readonly heartbeatMs?: number;
}

/** Remote activities of a build host. The run itself lives in the supervisor: a repeated activity attaches to it. */
export function createWorkerActivities(deps: WorkerActivityDeps): WorkerActivities {
  const { supervisor, registryFor, heartbeatMs = 1000 } = deps;
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
        const { from, to, registries } = await supervisor.publishSpec(leaseOf(input));
        const registry = registryFor(registries);
        for (const repository of to) {
          signal.throwIfAborted();
          await copyStaged(registry, { from, to: repository, digest: input.digest }, signal);
        }
        signal.throwIfAborted();
      });
    },
  };
}

/** Says so when it is the image that is not there any more, not the destination. */
async function copyStaged(
  registry: ReturnType<WorkerActivityDeps['registryFor']>,
  { from, to, digest }: { from: string; to: string; digest: string },
  signal: AbortSignal,
): Promise<void> {
  try {
    await registry.copy(from, to, digest, signal);
  } catch (error) {
    if (!(error instanceof KilnError) || error.code !== 'not_found') throw error;
    if ((await registry.head(from, digest, signal)) !== null) throw error;
    throw new KilnError('staged_image_missing', {
      message: `${from} no longer holds ${digest}: it was removed from staging.`,
      cause: error,
    });
  }
}

/** Does the work under heartbeats. A KilnError becomes a failure of its code; a cancellation stays one. */
async function beating<T>(heartbeatMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
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
