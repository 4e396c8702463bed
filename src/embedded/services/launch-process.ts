import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { KilnError } from '../../domain/errors.js';
import { serviceEnvironment } from './service-environment.js';
import type { ServiceLog } from './service-log.js';

/** How a service process ended. */
export interface ServiceExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What to run for a service, and as whom. */
export interface ServiceCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** On top of what every service gets (service-environment.ts). */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly userId?: number;
  readonly groupId?: number;
}

/** Starts a process in a group of its own, so that a Ctrl-C in the terminal does not reach it, with its output in the log. */
export async function launch(
  name: string,
  command: ServiceCommand,
  log: ServiceLog,
): Promise<{ pid: number; exited: Promise<ServiceExit> }> {
  const child = spawn(command.file, command.args, {
    detached: true,
    stdio: ['ignore', log.descriptor, log.descriptor],
    env: { ...serviceEnvironment(process.env), ...command.env },
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    ...(command.userId === undefined ? {} : { uid: command.userId }),
    ...(command.groupId === undefined ? {} : { gid: command.groupId }),
  });
  closeSync(log.descriptor);
  const exited = new Promise<ServiceExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const failure = await new Promise<Error | undefined>((resolve) => {
    child.once('spawn', () => resolve(undefined));
    child.once('error', resolve);
  });
  if (failure !== undefined || child.pid === undefined) {
    throw new KilnError('service_start_failed', {
      message: `${name} could not be run: ${failure?.message ?? 'no process'}`,
      cause: failure,
    });
  }
  return { pid: child.pid, exited };
}
