import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * When a process began, as a text that two processes with the same pid never share: field 22 of /proc/<pid>/stat, or
 * what `ps` says where there is no /proc. Undefined when no such process runs: a zombie does not, once its last thread is gone.
 */
export function processStartTime(pid: number): string | undefined {
  if (process.platform === 'linux') return linuxStartTime(pid);
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

/** Tells whether the process with this pid is still the one that began at that time. */
export function isSameProcess(identity: { readonly pid: number; readonly startTime: string }): boolean {
  return processStartTime(identity.pid) === identity.startTime;
}

function linuxStartTime(pid: number): string | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command in parentheses may hold blanks and parentheses, so fields are counted from the last one.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'X' || (fields[0] === 'Z' && isLastThread(pid)) ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** The first thread may be a zombie while others still end, and until then files and ports of the process are held. */
function isLastThread(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).length <= 1;
}
