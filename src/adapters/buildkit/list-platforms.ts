import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const TIMEOUT_MS = 10_000;

/**
 * The platforms (`linux/arm64`) whose programs BuildKit can run, its own first: it tries a small program of each, so what is registered
 * with binfmt_misc counts as soon as it works, 20 seconds later at most.
 */
export async function listPlatforms(buildctl: string, address: string): Promise<string[]> {
  const args = ['--addr', address, 'debug', 'workers', '--format', '{{json .}}'];
  const { stdout } = await promisify(execFile)(buildctl, args, { timeout: TIMEOUT_MS, env: {} });
  const [worker] = JSON.parse(stdout) as { platforms?: Platform[] }[];
  return (worker?.platforms ?? []).map(({ os, architecture, variant }) =>
    [os, architecture, ...(variant === undefined || variant === '' ? [] : [variant])].join('/'),
  );
}

interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}
