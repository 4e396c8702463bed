import { KilnError } from '../../../domain/errors.js';
import type { ManifestFacts } from '../../../ports/images.js';

/** Raises `not_explored` or `exploration_failed` for an image whose files are not known. */
export function requireExplored({ state, failureReason }: ManifestFacts): void {
  if (state === 'explored') return;
  if (state !== 'failed') throw new KilnError('not_explored');
  throw new KilnError('exploration_failed', {
    message: `The layers of this image could not be read: ${failureReason ?? ''}.`,
  });
}
