import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceExit } from './launch-process.js';

/**
 * Tries until the service answers: `ready`, or in words why it will not be. Services tell nobody that they are ready,
 * so they are asked, often at first and then less.
 */
export async function waitUntilReady(
  probe: () => Promise<void>,
  exited: Promise<ServiceExit>,
  timeoutMs: number,
): Promise<string> {
  const deadline = Date.now() + timeoutMs;
  let exit: ServiceExit | undefined;
  void exited.then((value) => (exit = value));
  let reason = '';
  for (let pauseMs = 20; Date.now() < deadline; pauseMs = Math.min(pauseMs * 1.5, 250)) {
    if (exit !== undefined) return `ended at once (${exit.signal ?? `code ${exit.code}`})`;
    try {
      await probe();
      return 'ready';
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    await Promise.race([sleep(pauseMs), exited]);
  }
  return `did not answer within ${timeoutMs / 1000} s (${reason})`;
}
