import { readdirSync, readFileSync } from 'node:fs';

/** A process of this machine, with its arguments in one line. */
export interface CommandLine {
  readonly pid: number;
  readonly args: string;
}

export function commandLines(): CommandLine[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), args }];
      } catch {
        return [];
      }
    });
}
