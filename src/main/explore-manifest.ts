import { Worker } from 'node:worker_threads';
import { timeLimit } from '../domain/time-limit.js';
import type { TransportOptions } from '../adapters/registry/transport.js';
import { KilnError } from '../domain/errors.js';
import { EXPLORATION_LIMITS, type ExplorationLimits } from '../domain/images/exploration.js';
import { registryOf } from '../domain/images/registry-host.js';
import type { Owner } from '../ports/dispatch.js';
import type { ExploreManifest } from '../ports/explorations.js';
import type { RegistryCredential } from '../ports/secrets.js';
import type { ExploreMessage, ExploreTask } from './explore-messages.js';

/** The bundle: a thread loads its modules anew for each image. */
const THREAD = new URL('../../bundles/explore-thread.js', import.meta.url);

/** What one manifest may take. Beyond it the exploration has failed, with that as its reason. */
export interface ExploreBounds {
  readonly timeoutMs: number;
  readonly memoryMib: number;
}

const BOUNDS: ExploreBounds = { timeoutMs: 30 * 60_000, memoryMib: 1024 };

/**
 * Explores manifests, each in a thread of its own: reading a layer keeps no other work of this process waiting, and one that is made to
 * use up time or memory ends the thread alone.
 */
export function createExploreManifest(options: {
  readonly transport: TransportOptions;
  readonly credential: (owner: Owner, host: string) => Promise<RegistryCredential | null>;
  readonly limits?: ExplorationLimits;
  readonly bounds?: ExploreBounds;
  /** Tests compile it elsewhere. */
  readonly thread?: URL;
}): ExploreManifest {
  const { limits = EXPLORATION_LIMITS, bounds = BOUNDS, thread: program = THREAD } = options;
  return async (owner, manifest, save, signal) => {
    const host = registryOf(manifest.repository);
    const credential = host === null ? null : await options.credential(owner, host);
    const credentials = credential === null ? [] : [credential];
    const task: ExploreTask = { manifest, transport: options.transport, credentials, limits };
    const thread = new Worker(program, {
      workerData: task,
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: bounds.memoryMib },
    });
    let saved: Promise<void> = Promise.resolve();
    let at = 'its manifest';
    const within = timeLimit(bounds.timeoutMs, signal);
    const stop = (): void => void thread.terminate();
    within.addEventListener('abort', stop, { once: true });
    try {
      const last = await new Promise<Extract<ExploreMessage, { kind: 'image' | 'error' }>>(
        (resolve, reject) => {
          thread.on('message', (message: ExploreMessage) => {
            if (message.kind === 'begins') at = `layer ${message.layerNumber}`;
            else if (message.kind === 'layer') {
              saved = saved.then(() => save(message.digest, message.layer));
              saved.catch(reject);
            } else resolve(message);
          });
          thread.on('error', reject);
          thread.on('exit', () => reject(new KilnError('unavailable', { detail: 'the thread has ended' })));
        },
      );
      await saved;
      if (last.kind === 'image') return last.contents;
      const { code, message, detail } = last;
      throw new KilnError(code, { message, ...(detail !== null && { detail }) });
    } catch (error) {
      signal.throwIfAborted();
      await saved;
      if (within.aborted)
        return { failureReason: `${at}: reading it took longer than ${bounds.timeoutMs / 60_000} minutes` };
      if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
        return { failureReason: `${at}: it has more than ${bounds.memoryMib} MiB of names` };
      throw error;
    } finally {
      within.removeEventListener('abort', stop);
      await thread.terminate();
    }
  };
}
