import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const TIMEOUT_MS = 20_000;

/**
 * Removes BuildKit's own records of finished builds. They hold the output of every step as it was printed, secrets included, for as
 * long as BuildKit keeps them. Kiln has its own, masked.
 */
export async function removeBuildRecords(buildctl: string, address: string): Promise<void> {
  await promisify(execFile)(buildctl, ['--addr', address, 'prune-histories'], {
    timeout: TIMEOUT_MS,
    env: {},
  });
}
