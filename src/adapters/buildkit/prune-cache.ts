import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const TIMEOUT_MS = 5 * 60_000;
const MEGABYTE = 1e6;

/** Has BuildKit drop what it has used longest ago until so much is free on its disk. What a running build uses stays. */
export async function pruneCache(
  buildctl: string,
  address: string,
  wantedFreeBytes: number,
  signal: AbortSignal,
): Promise<void> {
  const wanted = String(Math.ceil(wantedFreeBytes / MEGABYTE));
  await promisify(execFile)(buildctl, ['--addr', address, 'prune', '--free-storage', wanted], {
    timeout: TIMEOUT_MS,
    // It prints a line for each record: were that too much, it would be killed half-way.
    maxBuffer: Infinity,
    env: {},
    signal,
  });
}
