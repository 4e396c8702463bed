import { setTimeout as sleep } from 'node:timers/promises';
import { claimFile, releaseClaim } from '../claim-file.js';

/**
 * Runs `task` while holding a lock file that names its holder by pid and start time. A lock whose holder is gone is
 * taken over. Should two processes take it over at once, both install and the later rename finds the work done.
 */
export async function withInstallLock<T>(
  path: string,
  onWait: (text: string) => void,
  task: () => Promise<T>,
): Promise<T> {
  let told = false;
  while ((await claimFile(path)) !== null) {
    if (!told) onWait('waiting for another process that installs it');
    told = true;
    await sleep(250);
  }
  try {
    return await task();
  } finally {
    await releaseClaim(path);
  }
}
