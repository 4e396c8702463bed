import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { SYSTEM_PATH } from '../runc/launch.js';
import { shellExitCode } from '../output/exit-code.js';

const MAX_BYTES = 1024 * 1024;

export interface Printed {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and gives what it printed, at most the last MiB of each stream. */
export async function runProgram(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Printed> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: SYSTEM_PATH, ...env } });
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (data: Buffer) => {
      printed[stream] = (printed[stream] + data.toString('utf8')).slice(-MAX_BYTES);
    });
  return { exitCode: await endOf(child), ...printed };
}

/** The exit code once the process has ended and its pipes are read, as a shell tells it; 128 where it could not be started. */
export async function endOf(child: ChildProcess): Promise<number> {
  try {
    const [exitCode, signal] = (await once(child, 'close')) as [number | null, string | null];
    return shellExitCode(exitCode, signal);
  } catch {
    return 128;
  }
}
