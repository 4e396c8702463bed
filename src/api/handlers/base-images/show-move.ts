import type { BaseImageMove as Shown } from '../../../contracts/base-images.js';
import type { BaseImageMove } from '../../../ports/base-images.js';

/** A move as the API shows it. */
export function showMove({ from, to, seenAt, projects, ...same }: BaseImageMove): Shown {
  return {
    ...same,
    from_digest: from,
    to_digest: to,
    seen_at: seenAt,
    projects: projects.map(({ isCanary, buildId, buildNumber, ...own }) => ({
      ...own,
      is_canary: isCanary,
      build_id: buildId,
      build_number: buildNumber,
    })),
  };
}
