import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';

const PAUSE_MS = 500;

/** Connects a worker to Temporal, however long Temporal takes to answer; null when the process is told to stop first. */
export async function connectPatiently(
  address: string,
  stopping: AbortSignal,
  report: (text: string) => void,
): Promise<NativeConnection | null> {
  for (let attempt = 1; !stopping.aborted; attempt += 1) {
    try {
      return await NativeConnection.connect({ address });
    } catch (error) {
      if (attempt === 1) report(`Temporal at ${address} does not answer yet: ${String(error)}`);
      await sleep(PAUSE_MS, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
  return null;
}
