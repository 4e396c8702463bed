import { checkContext, type RunnablePlatforms } from '../adapters/context/check-context.js';
import type { SourceReach } from '../adapters/context/resolve-sources.js';
import type { BuildkitUser } from '../domain/builds/buildkit-key.js';
import type { RunDeps } from '../supervisor/deps.js';

/**
 * Judges context and Dockerfile of a run before its builder starts: they are there, inside the context, without error, and lead the
 * builder nowhere that it may not go.
 */
export const checkRunDockerfile =
  (
    reach: SourceReach,
    runnable: (user: BuildkitUser, signal: AbortSignal) => RunnablePlatforms,
  ): RunDeps['checkDockerfile'] =>
  (contextFolder, dockerfile, user, signal) =>
    checkContext(
      contextFolder,
      {
        build_context: dockerfile.context,
        dockerfile: dockerfile.path,
        dockerfile_inline: dockerfile.inline ?? undefined,
        target_stage: dockerfile.target ?? undefined,
        build_args: dockerfile.buildArgs,
        platforms: dockerfile.platforms,
        also_built: dockerfile.alsoBuilt,
        replaced_images: dockerfile.replaced,
        named_stages: dockerfile.namedStages,
        host_trouble: dockerfile.hostTrouble ?? null,
      },
      reach,
      runnable(user, signal),
    );
