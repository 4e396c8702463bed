/** What the files of control groups say. Null for a text that is not there, or says something else. */

/** A file of one number. `max` is null. */
export function readNumber(text: string | null): number | null {
  return text !== null && /^\d+\s*$/.test(text) ? Number(text) : null;
}

/** One line of a file of `name number` lines: memory.events, cpu.stat, memory.oom_control. */
export function readField(text: string | null, name: string): number | null {
  const [, number] = new RegExp(`^${name} (\\d+)$`, 'm').exec(text ?? '') ?? [];
  return number === undefined ? null : Number(number);
}

/** Bytes over all devices of io.stat (version 2): `8:0 rbytes=1 wbytes=2 ...`. An empty file is a group that did nothing. */
export function readIoStat(text: string | null, key: 'rbytes' | 'wbytes'): number | null {
  if (text === null) return null;
  return [...text.matchAll(new RegExp(`\\b${key}=(\\d+)`, 'g'))].reduce((sum, [, n]) => sum + Number(n), 0);
}

/** Bytes over all devices of blkio.throttle.io_service_bytes_recursive (version 1): `8:0 Read 1`. */
export function readBlkio(text: string | null, operation: 'Read' | 'Write'): number | null {
  if (text === null) return null;
  const lines = [...text.matchAll(new RegExp(`^\\d+:\\d+ ${operation} (\\d+)$`, 'gm'))];
  return lines.reduce((sum, [, n]) => sum + Number(n), 0);
}

/** How many processes the kernel's log says it has ended for want of the memory of exactly this group. */
export function countKernelKills(log: string, group: string): number {
  return log
    .split('\n')
    .filter((line) => /\boom-kill:/.test(line))
    .map((line) => /\boom_memcg=([^,]*)/.exec(line)?.[1] ?? '')
    .filter((named) => named.endsWith(group)).length;
}
