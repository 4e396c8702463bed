import { KilnError } from '../../domain/errors.js';
import type { EngineHost, RunPlan } from '../../ports/engine.js';

/** The PATH of programs that are to be found where systems keep them. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * How a launcher is started: one process tree a build, in a process and mount namespace of its own, so that whatever ends its first process
 * ends every other and takes its mounts away. Without the file of its order it waits for it (take-order.ts).
 */
export function launchPlan(
  { egressGroupId: group }: EngineHost,
  launcher: string,
  orderFile: string,
): Pick<RunPlan, 'argv' | 'ahead'> {
  const start = [
    ...(group === null ? [] : ['setpriv', '--groups', String(group)]),
    // Only the launcher hears SIGTERM: it ends the others, and clears what they leave.
    ...['env', '--ignore-signal=TERM'],
    ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
    ...[process.execPath, launcher],
  ] as unknown as RunPlan['argv'];
  return {
    argv: [...start, orderFile],
    ahead: { argv: start, env: { PATH: SYSTEM_PATH }, order: orderFile },
  };
}

/** The path of a program that the method cannot do without. */
export function program(programs: EngineHost['programs'], name: string): string {
  const path = programs[name];
  if (path !== undefined) return path;
  throw new KilnError('program_missing', { message: `${name} was not found on this host.` });
}
