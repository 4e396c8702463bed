import { randomUUID } from 'node:crypto';
import type { LeaseGate } from '../ports/dispatch.js';

const BEAT_INTERVAL_MS = 2_000;

/**
 * Says every two seconds that this api is up: leases expire only in time that was covered by beats. A missed beat is
 * reported and the next one comes in its time. Returns the function that stops it.
 */
export function startBeat(
  leases: Pick<LeaseGate, 'beat'>,
  onMissed: (error: unknown) => void,
  intervalMs: number = BEAT_INTERVAL_MS,
): () => void {
  const instance = randomUUID();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const beat = async (): Promise<void> => {
    await leases.beat(instance).catch(onMissed);
    if (!stopped) timer = setTimeout(() => void beat(), intervalMs);
  };
  void beat();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
