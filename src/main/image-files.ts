import { Worker } from 'node:worker_threads';
import { KilnError } from '../domain/errors.js';
import type { ImageFiles } from '../ports/images.js';

const THREAD = new URL('./files-thread.js', import.meta.url);
const TIMEOUT_MS = 60_000;
const MEMORY_MIB = 1024;

/** What a thread that reads file lists is asked. */
export type FilesTask =
  | {
      readonly kind: 'biggest';
      readonly lists: readonly Uint8Array[];
      readonly path: string;
      readonly layerNumber: number | null;
      readonly limit: number;
    }
  | {
      readonly kind: 'compare';
      readonly before: readonly Uint8Array[];
      readonly after: readonly Uint8Array[];
      readonly limit: number;
    };

/** Reads file lists in threads, one at a time: the largest takes a second and some hundred megabytes. */
export function createImageFiles(): ImageFiles {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Answer>(task: FilesTask): Promise<Answer> => {
    const answer = last.then(() => ask<Answer>(task));
    last = answer.catch(() => undefined);
    return answer;
  };
  return {
    biggest: (lists, query) => inTurn({ kind: 'biggest', lists, ...query }),
    compare: (before, after, limit) => inTurn({ kind: 'compare', before, after, limit }),
  };
}

async function ask<Answer>(task: FilesTask): Promise<Answer> {
  const thread = new Worker(THREAD, {
    workerData: task,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
  });
  const timer = setTimeout(() => void thread.terminate(), TIMEOUT_MS);
  try {
    return await new Promise<Answer>((resolve, reject) => {
      thread.on('message', resolve);
      thread.on('error', reject);
      thread.on('exit', () => reject(new KilnError('internal', { detail: 'file lists took too long' })));
    });
  } finally {
    clearTimeout(timer);
    await thread.terminate();
  }
}
