import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START = 'kiln-inspection-';

/** Gives `work` an empty folder that nobody else reads, and removes it. */
export async function inOwnFolder<Answer>(work: (folder: string) => Promise<Answer>): Promise<Answer> {
  const folder = await mkdtemp(join(tmpdir(), `${START}${process.pid}-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Ends the programs and removes the folders of processes that were killed. Gives how many folders. */
export async function removeLeftFolders(): Promise<number> {
  const names = (await readdir(tmpdir()).catch(() => [])).filter((name) => name.startsWith(START));
  const left = names.filter((name) => {
    const pid = Number(/^(\d+)-/.exec(name.slice(START.length))?.[1] ?? process.pid);
    return pid !== process.pid && !isAlive(pid);
  });
  for (const name of left) {
    const folder = join(tmpdir(), name);
    await endProgramsOf(folder);
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
  return left.length;
}

/** The folder is the HOME of what runs in it. Needs Linux (/proc). */
async function endProgramsOf(folder: string): Promise<void> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!`\0${environment}`.includes(`\0HOME=${folder}\0`)) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
