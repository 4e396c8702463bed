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
  await prune(buildctl, address, ['--free-storage', wanted], signal);
}

/** Has BuildKit drop what it has used longest ago until its cache is no larger. What a running build uses stays. */
export async function shrinkCache(
  buildctl: string,
  address: string,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<void> {
  // With nothing to keep, everything goes.
  const kept = String(Math.floor(sizeBytes / MEGABYTE));
  await prune(buildctl, address, ['--keep-storage', kept], signal);
}

async function prune(
  buildctl: string,
  address: string,
  bounds: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await promisify(execFile)(buildctl, ['--addr', address, 'prune', ...bounds], {
    timeout: TIMEOUT_MS,
    // It prints a line for each record: were that too much, it would be killed half-way.
    maxBuffer: Infinity,
    env: {},
    signal,
  });
}
