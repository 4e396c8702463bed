import { open, readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSameProcess, processStartTime } from '../process-identity.js';

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
  while (!(await tryLock(path))) {
    if (!told) onWait('waiting for another process that installs it');
    told = true;
    await sleep(250);
  }
  try {
    return await task();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(
      JSON.stringify({ pid: process.pid, startTime: processStartTime(process.pid) ?? '' }),
    );
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!(await isHeld(path))) await rm(path, { force: true });
    return false;
  }
}

async function isHeld(path: string): Promise<boolean> {
  try {
    const text = await readFile(path, 'utf8');
    // An empty file is one whose holder is just about to write.
    return text === '' || isSameProcess(JSON.parse(text) as { pid: number; startTime: string });
  } catch {
    return false;
  }
}
