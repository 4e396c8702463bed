import { execFile } from 'node:child_process';
import { KilnError } from '../../domain/errors.js';

const TIMEOUT_MS = 15_000;

/** What a program prints on stdout; empty where it is not there or fails. */
export function printed(program: string | undefined, ...args: string[]): Promise<string> {
  if (program === undefined) return Promise.resolve('');
  return new Promise((resolve) => {
    execFile(program, args, { timeout: TIMEOUT_MS }, (error, stdout) =>
      resolve(error === null ? stdout : ''),
    );
  });
}

/** Raises `program_missing` for the first of these programs that is none of util-linux. */
export async function requireUtilLinux(programs: readonly string[]): Promise<void> {
  for (const program of programs) {
    if (!(await printed(program, '--version')).includes('util-linux'))
      throw missing(`${program} was not found. Install util-linux.`);
  }
}

export function missing(message: string): KilnError {
  return new KilnError('program_missing', { message });
}
