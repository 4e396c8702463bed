import { readdir, readFile } from 'node:fs/promises';

/**
 * Ends the processes of an earlier fetch into the same folder, whose supervisor was killed: their HOME lies in it. Needs Linux (/proc).
 */
export async function endLeftovers(scratchFolder: string): Promise<void> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!`\0${environment}`.includes(`\0HOME=${scratchFolder}/`)) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}
