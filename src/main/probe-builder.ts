import { connect } from 'node:net';
import { listPlatforms } from '../adapters/buildkit/list-platforms.js';
import type { SupervisorConfig } from '../config.js';
import { KilnError } from '../domain/errors.js';

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Asks the BuildKit of this host, or the process that opens one for each tenant, whether it answers: what is
 * given raises why it does not. Null where there is none.
 */
export function probeBuilder(
  config: Pick<SupervisorConfig, 'buildkitsSocket' | 'buildkitAddress' | 'stubEngine'>,
  buildctl: string | undefined,
): ((signal: AbortSignal) => Promise<void>) | null {
  const { buildkitsSocket, buildkitAddress, stubEngine } = config;
  if (stubEngine || buildctl === undefined) return null;
  if (buildkitsSocket !== undefined) return (signal) => connects(buildkitsSocket, signal);
  if (buildkitAddress === undefined) return null;
  return async () => void (await listPlatforms(buildctl, buildkitAddress));
}

function connects(socketPath: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: socketPath, signal }, () => {
      socket.destroy();
      resolve();
    });
    socket.setTimeout(CONNECT_TIMEOUT_MS, () =>
      socket.destroy(new KilnError('builder_unavailable', { message: `${socketPath} does not answer.` })),
    );
    socket.once('error', reject);
  });
}
