import type { Build } from '../../contracts/builds.js';
import { BUILD_STATUS } from '../../domain/builds/status.js';

/** What came of a cancel, to be said after the build's name. Where its publication had begun before, that is said too. */
export function cancelAnswer(build: Build): string {
  const { label, terminal } = BUILD_STATUS[build.status];
  const cameLate = isCancelledLate(build);
  if (build.status === 'cancelled')
    return cameLate && build.error_message !== null ? `is cancelled: ${build.error_message}` : 'is cancelled';
  if (terminal)
    return cameLate ? `ended: ${label}; its publication had begun before the cancel` : `had ended: ${label}`;
  return cameLate
    ? 'is being cancelled, but its publication has begun: what is published by then stays'
    : 'is being cancelled';
}

/** Whether the cancel was asked for after the first manifest may have gone out: one that comes before keeps it from beginning. */
export function isCancelledLate(build: Pick<Build, 'cancel_requested_at' | 'publish_began_at'>): boolean {
  return build.cancel_requested_at !== null && build.publish_began_at !== null;
}
