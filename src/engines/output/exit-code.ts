import { constants } from 'node:os';

/** The exit code of a process as a shell tells it: 128 and the number of the signal where one has ended it. */
export function shellExitCode(code: number | null, signal: string | null): number {
  return code ?? 128 + ((constants.signals as Record<string, number>)[signal ?? ''] ?? 0);
}
