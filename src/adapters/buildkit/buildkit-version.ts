import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const TIMEOUT_MS = 10_000;

/**
 * The version (`0.29.0`) of the BuildKit at this address, as its daemon says itself; undefined where it does not answer, or says none.
 * It is asked each time: behind the same address another one may have been started.
 */
export async function readBuildkitVersion(buildctl: string, address: string): Promise<string | undefined> {
  const args = ['--addr', address, 'debug', 'info', '--format', '{{json .}}'];
  try {
    const { stdout } = await promisify(execFile)(buildctl, args, { timeout: TIMEOUT_MS, env: {} });
    return versionIn(stdout);
  } catch {
    return undefined;
  }
}

function versionIn(info: string): string | undefined {
  const { buildkitVersion } = JSON.parse(info) as { buildkitVersion?: { version?: string } };
  return /^v?(\d\S{0,59})$/.exec(buildkitVersion?.version ?? '')?.[1];
}
