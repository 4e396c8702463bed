import { mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

const ROTATE_ABOVE_BYTES = 20 * 1024 * 1024;

/** The open log file of a service. `startOffset` is where the output of this start begins. */
export interface ServiceLog {
  readonly path: string;
  readonly descriptor: number;
  readonly startOffset: number;
}

/** Opens `<state>/logs/<name>.log` for appending; a large one becomes `<name>.log.1` first. */
export function openServiceLog(stateFolder: string, name: string): ServiceLog {
  const folder = join(stateFolder, 'logs');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.log`);
  if (sizeOf(path) > ROTATE_ABOVE_BYTES) renameSync(path, `${path}.1`);
  return { path, descriptor: openSync(path, 'a', 0o600), startOffset: sizeOf(path) };
}

/** The last lines that the service printed since this start. */
export async function tailServiceLog(log: ServiceLog, lines: number): Promise<string> {
  const file = await open(log.path, 'r');
  try {
    const end = (await file.stat()).size;
    const from = Math.max(log.startOffset, end - 16_384);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, end - from)), 0, end - from, from);
    return buffer.subarray(0, bytesRead).toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    await file.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
