import { listPlatforms } from '../adapters/buildkit/list-platforms.js';
import type { RunnablePlatforms } from '../adapters/context/check-context.js';
import { buildkitKey, type BuildkitUser } from '../domain/builds/buildkit-key.js';
import type { Buildkits } from '../ports/buildkits.js';

/**
 * What the BuildKit of a user can run, and what the host emulates beside that. An answer is remembered: to ask takes as long as some
 * builds do, and a host learns platforms far more often than it loses them.
 */
export function runnablePlatforms(
  buildkits: Pick<Buildkits, 'open'> | null,
  buildctl: string | undefined,
  emulated: readonly string[],
): (user: BuildkitUser, signal: AbortSignal) => RunnablePlatforms {
  const told = new Map<string, readonly string[]>();
  return (user, signal) => async (isAnew) => {
    if (buildctl === undefined || buildkits === null) return null;
    const key = buildkitKey(user);
    const known = told.get(key);
    if (known !== undefined && !isAnew) return known;
    try {
      const platforms = await listPlatforms(buildctl, await buildkits.open(user, signal));
      if (platforms.length === 0) return null;
      const all = [...platforms, ...emulated];
      told.set(key, all);
      return all;
    } catch {
      return null;
    }
  };
}
