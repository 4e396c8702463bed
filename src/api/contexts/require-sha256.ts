import { isSha256 } from '../../domain/contexts/entry.js';
import { KilnError } from '../../domain/errors.js';

/** Refuses what is no digest with `invalid_request`. */
export function requireSha256(digest: string): void {
  if (isSha256(digest)) return;
  throw new KilnError('invalid_request', {
    fields: [{ field: 'digest', message: 'expected a SHA-256 as 64 lower-case hex digits' }],
  });
}
