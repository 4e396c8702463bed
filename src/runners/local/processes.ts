import { readdirSync, readFileSync } from 'node:fs';

/** One process as /proc shows it. Times are clock ticks since boot. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly startTime: string;
  /** A zombie: it has ended and only waits to be reaped. */
  readonly ended: boolean;
  readonly ownTicks: number;
  readonly reapedTicks: number;
}

/** Reads /proc/<pid>/stat; null when there is no such process. */
export function readProcess(pid: number): ProcessInfo | null {
  const text = read(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The command name is in parentheses and may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const state = fields[0] ?? '';
  if (fields.length < 20) return null;
  const number = (index: number): number => Number(fields[index] ?? 0);
  return {
    pid,
    parent: number(1),
    group: number(2),
    session: number(3),
    startTime: fields[19] ?? '',
    ended: state === 'Z' || state === 'X',
    ownTicks: number(11) + number(12),
    reapedTicks: number(13) + number(14),
  };
}

/** Every process that can be seen now, zombies left out. */
export function listProcesses(): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((found): found is ProcessInfo => found !== null && !found.ended);
}

/** Whether the process was started with `NAME=value` in its environment. */
export function carriesMark(pid: number, mark: string): boolean {
  const text = read(`/proc/${pid}/environ`);
  return text !== null && `\0${text}\0`.includes(`\0${mark}\0`);
}

/** A number in kB from /proc/<pid>/status, as bytes; null when it is not there. */
export function memoryBytes(pid: number, field: 'VmHWM' | 'VmRSS'): number | null {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/status`) ?? '');
  return found ? Number(found[1]) * 1024 : null;
}

/** Bytes that really went to and came from disks, by /proc/<pid>/io; reaped children are counted in. */
export function diskBytes(pid: number | 'self'): { readBytes: number; writeBytes: number } | null {
  const text = read(`/proc/${pid}/io`);
  const of = (field: string): number => Number(new RegExp(`^${field}: (\\d+)`, 'm').exec(text ?? '')?.[1]);
  return text === null ? null : { readBytes: of('read_bytes'), writeBytes: of('write_bytes') };
}

/** Changes with each boot; a start time in ticks means nothing without it. */
export function bootId(): string {
  return (read('/proc/sys/kernel/random/boot_id') ?? '').trim();
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
