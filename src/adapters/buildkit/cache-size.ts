import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const TIMEOUT_MS = 10_000;

/** How many bytes the cache of a BuildKit takes, as it counts them itself. */
export async function cacheSize(buildctl: string, address: string): Promise<number> {
  const args = ['--addr', address, 'du', '--format', '{{range .}}{{.Size}} {{end}}'];
  const { stdout } = await promisify(execFile)(buildctl, args, {
    timeout: TIMEOUT_MS,
    maxBuffer: Infinity,
    env: {},
  });
  return stdout.split(' ').reduce((sum, size) => sum + Number(size), 0);
}
